// After Trunk: gives the workers' files names that carry a hash of their content, joins the style sheets, and lays a compressed
// copy beside every file.
//
// Trunk hashes the names of what index.html loads, so that browsers may keep those files for ever, but not the workers' names,
// which the app must know at run time. The app reads the worker's address from index.html (a `meta` element), so renaming is
// safe as long as index.html is changed with it.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, renameSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const dist = process.argv[2];
const index = join(dist, "index.html");

/** Files of the worker called `name`, each after those that it names: its module, its glue, its loader. */
function workerFiles(name) {
  return [`${name}_bg.wasm`, `${name}.js`, `${name}_loader.js`].filter((file) => existsSync(join(dist, file)));
}

/** Trunk's loader starts the worker's program in a way that its glue calls out of date on the console. */
function writeLoader(worker) {
  const text = `importScripts("/${worker}.js");wasm_bindgen({ module_or_path: "/${worker}_bg.wasm" });\n`;
  writeFileSync(join(dist, `${worker}_loader.js`), text);
}

function renameWorkers() {
  const workers = readdirSync(dist).map((file) => /^([a-z_]+)_bg\.wasm$/.exec(file)?.[1]).filter(Boolean);
  let html = readFileSync(index, "utf8");
  for (const worker of workers) {
    writeLoader(worker);
    const renamed = [];
    for (const file of workerFiles(worker)) {
      const path = join(dist, file);
      if (file.endsWith(".js")) {
        const text = renamed.reduce((text, [from, to]) => text.replaceAll(from, to), readFileSync(path, "utf8"));
        writeFileSync(path, text);
      }
      const hash = createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 16);
      const to = file.replace(worker, `${worker}-${hash}`);
      renameSync(path, join(dist, to));
      renamed.push([file, to]);
    }
    const before = html;
    html = renamed.reduce((html, [from, to]) => html.replaceAll(`/${from}`, `/${to}`), html);
    if (html === before) throw new Error(`index.html does not say where the worker ${worker} is`);
  }
  writeFileSync(index, html);
}

/** Scripts without spaces and long names; what the glue of wasm-bindgen is written with, Trunk's own minifier does not read. */
function minifyScripts() {
  for (const name of readdirSync(dist).filter((name) => name.endsWith(".js"))) {
    const path = join(dist, name);
    writeFileSync(path, execFileSync("esbuild", ["--minify", "--target=es2022", path], { encoding: "utf8" }));
  }
}

/** The style sheets become one, in their order: one request instead of a dozen, and what they repeat is packed once. */
function joinStyles() {
  let html = readFileSync(index, "utf8");
  const links = [...html.matchAll(/<link\b[^>]*\brel="?stylesheet\b[^>]*>/g)].map(([link]) => [link, /href="?\/([^"\s>]+)/.exec(link)[1]]);
  if (links.length < 2) throw new Error("index.html names no style sheets to join");
  const text = links.map(([, name]) => readFileSync(join(dist, name), "utf8")).join("\n");
  const name = `style-${createHash("sha256").update(text).digest("hex").slice(0, 16)}.css`;
  writeFileSync(join(dist, name), text);
  for (const [link, old] of links) {
    unlinkSync(join(dist, old));
    html = html.replace(link, old === links[0][1] ? `<link rel="stylesheet" href="/${name}">` : "");
  }
  writeFileSync(index, html);
}

function* files(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* files(path);
    else if (!name.startsWith(".")) yield path;
  }
}

/** A compressed copy that is not clearly smaller is not worth a file. */
function lay(path, suffix, compressed, plain) {
  if (compressed.length < plain.length * 0.95) writeFileSync(path + suffix, compressed);
}

function compress() {
  for (const path of [...files(dist)].filter((path) => !/\.(br|gz)$/.test(path))) {
    const plain = readFileSync(path);
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 22, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length };
    lay(path, ".br", brotliCompressSync(plain, { params }), plain);
    lay(path, ".gz", gzipSync(plain, { level: 9 }), plain);
  }
}

renameWorkers();
minifyScripts();
joinStyles();
compress();
