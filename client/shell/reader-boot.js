// Starts the reader's page. The document names the program in a <meta>, because the content policy allows no script inside of it.

const { js, wasm } = document.querySelector('meta[name="reader"]').dataset;
try {
  const program = await import(js);
  await program.default({ module_or_path: wasm });
} catch (error) {
  console.error(error);
  document.getElementById("unable")?.removeAttribute("hidden");
}
