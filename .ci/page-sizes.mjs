// The size of everything in dist/, and of what a browser loads when. Before the first paint (•): index.html and what it names, but
// for the icon that a phone asks for when the page is put on its home screen. After it (+): the pieces of the program that
// come later. And a worker: what it needs for a list (*), and for letters (~). Then all that the reader's page loads for a letter
// without files (◦), the sealer, when somebody begins to answer (‣), and what makes and keeps keys (⁃). Fails when one of these is over its limit.

import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const FIRST_LIMIT_BYTES = 330_000;
const LATER_LIMIT_BYTES = 480_000;
const WORKER_LIMIT_BYTES = 600_000;
const LETTERS_LIMIT_BYTES = 460_000;
const READER_LIMIT_BYTES = 200_000;
const SEALER_LIMIT_BYTES = 450_000;
const KEEPER_LIMIT_BYTES = 650_000;
const dist = process.argv[2];
const html = readFileSync(join(dist, "index.html"), "utf8");
const reader = readFileSync(join(dist, "reader.html"), "utf8").replaceAll(/<meta name="(sealer|keeper|saver)"[^>]*>/g, "");
const later = /data-later="([^"]*)"/.exec(html)[1].split(" ");
const isFirst = (path) => html.replaceAll(/<meta name="worker"[^>]*>|data-later="[^"]*"|<link rel="apple-touch-icon"[^>]*>/g, "").includes(path);
const isReaders = (path) => path === "/reader.html" || reader.includes(path);
const signOf = (path) => {
  if (path === "/index.html" || isFirst(path)) return "•";
  if (later.includes(path)) return "+";
  if (path.startsWith("/worker-letters-")) return "~";
  if (path.startsWith("/worker-")) return "*";
  if (path.startsWith("/sealer-")) return "‣";
  if (path.startsWith("/keeper-") || path.startsWith("/reader-key-")) return "⁃";
  return isReaders(path) ? "◦" : " ";
};

const names = readdirSync(dist, { recursive: true })
  .filter((name) => !/(^|\/)\.|\.(br|gz)$/.test(name) && statSync(join(dist, name)).isFile());
const sizeOf = (path) => statSync(path).size;
const rows = names.map((name) => {
  const path = join(dist, name);
  const packed = (suffix) => sizeOf(existsSync(path + suffix) ? path + suffix : path);
  return { name, sign: signOf(`/${name}`), reader: isReaders(`/${name}`), raw: sizeOf(path), gzip: packed(".gz"), brotli: packed(".br") };
});
rows.sort((a, b) => b.raw - a.raw);

const kb = (bytes) => (bytes / 1000).toFixed(1).padStart(9);
const line = (name, sizes) => console.log(`  ${name.padEnd(44)}${sizes.map(kb).join("")}`);
const total = (chosen) => ["raw", "gzip", "brotli"].map((key) => chosen.reduce((sum, row) => sum + row[key], 0));

console.log(`  ${"kB".padEnd(44)}${["raw", "gzip", "brotli"].map((head) => head.padStart(9)).join("")}`);
for (const row of rows) line(`${row.sign} ${row.name}`, [row.raw, row.gzip, row.brotli]);
line("everything", total(rows));
const limits = [
  ["•", "before the first paint", FIRST_LIMIT_BYTES],
  ["+", "pieces after it", LATER_LIMIT_BYTES],
  ["*", "a worker, to sign in and list", WORKER_LIMIT_BYTES],
  ["~", "a worker, for letters", LETTERS_LIMIT_BYTES],
  ["◦", "the reader's page", READER_LIMIT_BYTES],
  ["‣", "the sealer of answers", SEALER_LIMIT_BYTES],
  ["⁃", "the keeper of keys", KEEPER_LIMIT_BYTES],
];
for (const [sign, when, limit] of limits) {
  const sum = total(rows.filter((row) => (sign === "◦" ? row.reader : row.sign === sign)));
  line(`${sign} ${when}`, sum);
  if (sum[2] <= limit) continue;
  console.error(`  ${when}: ${sum[2]} bytes (brotli, which every current browser takes) are loaded; the limit is ${limit}.`);
  process.exitCode = 1;
}
