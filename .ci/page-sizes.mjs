// The size of everything in dist/, and of what a browser must load before the first paint: index.html and what it names
// but for the worker, which comes after the paint, and the icon that a phone asks for when the page is put on its home screen.
// Fails when that is over the limit.

import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";

const LIMIT_BYTES = 450_000;
const dist = process.argv[2];
const html = readFileSync(join(dist, "index.html"), "utf8")
  .replace(/<meta[^>]*name="?worker[^>]*>/, "")
  .replace(/<link[^>]*rel="?apple-touch-icon[^>]*>/, "");

const names = readdirSync(dist, { recursive: true })
  .filter((name) => !/(^|\/)\.|\.(br|gz)$/.test(name) && statSync(join(dist, name)).isFile());
const sizeOf = (path) => statSync(path).size;
const rows = names.map((name) => {
  const path = join(dist, name);
  const packed = (suffix) => sizeOf(existsSync(path + suffix) ? path + suffix : path);
  return { name, raw: sizeOf(path), gzip: packed(".gz"), brotli: packed(".br"), first: name === "index.html" || html.includes(`/${name}`) };
});
rows.sort((a, b) => b.raw - a.raw);

const kb = (bytes) => (bytes / 1000).toFixed(1).padStart(9);
const line = (name, sizes) => console.log(`  ${name.padEnd(44)}${sizes.map(kb).join("")}`);
const total = (chosen) => ["raw", "gzip", "brotli"].map((key) => chosen.reduce((sum, row) => sum + row[key], 0));

console.log(`  ${"kB".padEnd(44)}${["raw", "gzip", "brotli"].map((head) => head.padStart(9)).join("")}`);
for (const row of rows) line(`${row.first ? "•" : " "} ${row.name}`, [row.raw, row.gzip, row.brotli]);
line("everything", total(rows));
const first = total(rows.filter((row) => row.first));
line("• before the first paint", first);

if (first[2] > LIMIT_BYTES) {
  console.error(`  The page loads ${first[2]} bytes (brotli, which every current browser takes) before its first paint; the limit is ${LIMIT_BYTES}.`);
  process.exit(1);
}
