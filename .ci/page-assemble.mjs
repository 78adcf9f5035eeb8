// Puts the page and the reader's page together, from client/shell/ and what .ci/page compiled: gives every file that may be kept for ever a name
// with a hash of its content, writes those names where they are used, makes scripts, style sheets and the document small, and lays a
// compressed copy beside every file.
//
//   node .ci/page-assemble.mjs MADE DIST [dev]
//
// With `dev`, nothing is compressed.
//
// MADE holds app/app.js, app/app_bg.wasm and the pieces app/*.wasm with __wasm_split.js, which fetches them; the same for the
// worker in worker/ and for the reader's page in reader/; the sealer in sealer/ and the keeper in keeper/, in one piece each. A file is named after those that it names: pieces, then the script
// that fetches them, then the document.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const [made, dist, profile] = process.argv.slice(2);
const shell = "client/shell";

/** Lays content into the page under a name with its hash; gives its address. */
function lay(name, extension, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 16);
  const file = `${name}-${hash}.${extension}`;
  writeFileSync(join(dist, file), content);
  return `/${file}`;
}

/** Text with something in it replaced, which must be there. */
function replaced(text, what, by) {
  if (!text.includes(what)) throw new Error(`there is no ${what} to be replaced`);
  return text.replaceAll(what, by);
}

function small(path, ...options) {
  return execFileSync("esbuild", ["--minify", "--target=es2022", "--log-level=warning", ...options, path], { encoding: "utf8" });
}

/** A program in its pieces, which its script names; answers the script and the addresses of the first piece and of the others. */
function layPieces(name, script, prefix) {
  const pieces = readdirSync(join(made, name)).filter((file) => file.endsWith(".wasm") && file !== `${name}_bg.wasm`);
  const later = pieces.map((piece) => {
    const address = lay(prefix + piece.replace(/^split_|\.wasm$/g, ""), "wasm", readFileSync(join(made, name, piece)));
    script = replaced(script, `./${piece}`, `.${address}`);
    return address;
  });
  return { script, wasm: lay(name, "wasm", readFileSync(join(made, name, `${name}_bg.wasm`))), later };
}

/** The page, or the reader's: the first piece, which the document names, and those that come later. */
function layProgram(name, prefix) {
  // One script: the glue of wasm-bindgen and what fetches the pieces name each other.
  const bundled = small(join(made, `${name}/${name}.js`), "--bundle", "--format=esm", "--log-override:duplicate-object-key=silent");
  const { script, wasm, later } = layPieces(name, bundled, prefix);
  return { js: lay(name, "js", script), wasm, later };
}

/** A worker, that of the page, the sealer or the keeper: one script that loads its program. A worker of this kind (classic, not a module) runs in every browser. */
function layWorker(name) {
  const start = join(made, name, "start.js");
  // A promise that is rejected in a worker is told to nobody outside; what is thrown is.
  const tell = "(error) => setTimeout(() => { throw error; })";
  writeFileSync(start, `import start from "./${name}.js";\nstart({ module_or_path: "./${name}_bg.wasm" }).catch(${tell});\n`);
  const bundled = small(start, "--bundle", "--format=iife", "--define:import.meta.url=location.href", "--log-override:duplicate-object-key=silent");
  const { script, wasm } = layPieces(name, bundled, `${name}-`);
  return lay(name, "js", replaced(script, `"./${name}_bg.wasm"`, JSON.stringify(wasm)));
}


/** The style sheets become one, in their order: one request instead of a dozen, and what they repeat is packed once. */
function layStyles(html) {
  const links = [...html.matchAll(/ *<link rel="stylesheet" href="([^"]+)" \/>\n/g)];
  const text = links.map(([, href]) => readFileSync(join(shell, href), "utf8")).join("\n");
  const style = lay("style", "css", execFileSync("esbuild", ["--minify", "--loader=css"], { encoding: "utf8", input: text }));
  const [[first], ...rest] = links;
  html = rest.reduce((html, [link]) => html.replace(link, ""), html);
  return html.replace(first, `<link rel="stylesheet" href="${style}">\n`);
}

/** Writes a document, whose program the browser fetches at once and not in turns, as its script would have it. */
function writeDocument(name, html, program) {
  const preloads = `<link rel="modulepreload" href="${program.js}" crossorigin><link rel="preload" href="${program.wasm}" as="fetch" type="application/wasm" crossorigin>`;
  html = replaced(html, "</head>", `${preloads}</head>`);
  html = html.replace(/<!--[^]*?-->/g, "").replace(/\s*\n\s*/g, "\n").replace(/>\n</g, "><").replace(/\s+\/>/g, "/>").trim();
  writeFileSync(join(dist, name), html);
}

function layReaderDocument(reader, sealer, keeper) {
  let html = layStyles(readFileSync(join(shell, "reader.html"), "utf8"));
  html = replaced(html, 'name="reader"', `name="reader" data-js="${reader.js}" data-wasm="${reader.wasm}"`);
  html = replaced(html, 'name="sealer"', `name="sealer" content="${sealer}"`);
  html = replaced(html, 'name="keeper"', `name="keeper" content="${keeper}"`);
  html = replaced(html, 'name="saver"', `name="saver" content="${lay("saver", "js", small(join(shell, "saver.js")))}"`);
  html = replaced(html, 'src="reader-boot.js"', `src="${lay("reader-boot", "js", small(join(shell, "reader-boot.js")))}"`);
  writeDocument("reader.html", html, reader);
}

function layDocument(app, worker) {
  let html = layStyles(readFileSync(join(shell, "index.html"), "utf8"));
  html = replaced(html, 'name="app"', `name="app" data-js="${app.js}" data-wasm="${app.wasm}" data-later="${app.later.join(" ")}"`);
  html = replaced(html, 'name="worker"', `name="worker" content="${worker}"`);
  html = replaced(html, 'src="boot.js"', `src="${lay("boot", "js", small(join(shell, "boot.js")))}"`);
  writeDocument("index.html", html, app);
}

function* files(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* files(path);
    else if (!name.startsWith(".")) yield path;
  }
}

/** A compressed copy that is not clearly smaller is not worth a file. */
function layCopy(path, suffix, compressed, plain) {
  if (compressed.length < plain.length * 0.95) writeFileSync(path + suffix, compressed);
}

// How brotli writes distances without more bits: of what it allows, this makes the pieces of the page smallest.
const DIRECT_DISTANCES = 8;

function compress() {
  for (const path of [...files(dist)]) {
    const plain = readFileSync(path);
    const params = {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 22,
      [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
      [constants.BROTLI_PARAM_NDIRECT]: DIRECT_DISTANCES,
    };
    layCopy(path, ".br", brotliCompressSync(plain, { params }), plain);
    layCopy(path, ".gz", gzipSync(plain, { level: 9 }), plain);
  }
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
cpSync("public", dist, { recursive: true });
layDocument(layProgram("app", ""), layWorker("worker"));
layReaderDocument(layProgram("reader", "reader-"), layWorker("sealer"), layWorker("keeper"));
if (profile !== "dev") compress();
