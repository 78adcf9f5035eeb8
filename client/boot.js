// Starts the page. The document names the program in a <meta>, because the content policy allows no script inside of it.

const root = document.documentElement;

// The theme that was chosen on this browser, before anything is painted; the program does the same again once it runs.
try {
  const theme = localStorage.getItem("setting/theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
} catch {
  // A browser that keeps nothing: the system's theme serves.
}

try {
  const { js, wasm } = document.querySelector('meta[name="app"]').dataset;
  const program = await import(js);
  await program.default({ module_or_path: wasm });
} catch (error) {
  console.error(error);
  document.getElementById("unable")?.removeAttribute("hidden");
}
