// Starts the page. The document names the program in a <meta>, because the content policy allows no script inside of it.

const root = document.documentElement;
const app = document.querySelector('meta[name="app"]').dataset;

/** What the browser keeps under a name; one that keeps nothing has nothing. */
function kept(store, name) {
  try {
    return window[store].getItem(name);
  } catch {
    return null;
  }
}

// The theme that was chosen on this browser, before anything is painted; the program does the same again once it runs.
const theme = kept("localStorage", "theme");
if (theme === "light" || theme === "dark") root.dataset.theme = theme;

// A tab whose mailbox is open, loaded anew, shows it without asking: it needs at once what otherwise comes after the first paint.
if (kept("sessionStorage", "tab-key")) {
  for (const href of app.later.split(" ")) {
    document.head.append(Object.assign(document.createElement("link"), { rel: "preload", as: "fetch", crossOrigin: "", href }));
  }
}

try {
  const program = await import(app.js);
  await program.default({ module_or_path: app.wasm });
} catch (error) {
  console.error(error);
  document.getElementById("unable")?.removeAttribute("hidden");
}
