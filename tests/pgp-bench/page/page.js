// Starts what measures, collects its rows, and lets whoever drives the browser find them in `window.done`.

const ROUNDS = 5;
const rows = [];

// What keeps the page itself from its next frame keeps it from a timer, which would run every 4 ms.
let longest = 0;
let before = performance.now();
function tick() {
  const now = performance.now();
  longest = Math.max(longest, now - before);
  before = now;
  setTimeout(tick);
}
tick();

const opened = (script, message) => new Promise((resolve, reject) => {
  const began = performance.now();
  const worker = new Worker(script, { type: "module" });
  worker.onerror = (event) => reject(new Error(event.message));
  worker.onmessage = () => {
    worker.terminate();
    resolve(performance.now() - began);
  };
  worker.postMessage(message);
});

async function firstUse(message) {
  const times = { ours: [], theirs: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const which of ["ours", "theirs"]) times[which].push(await opened(`./first-${which}.js`, message));
  }
  const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
  rows.push({ row: "first use in a new worker", ours: median(times.ours), theirs: median(times.theirs) });
}

const worker = new Worker(`./worker.js${location.search}`, { type: "module" });
worker.onerror = (event) => { window.done = { rows, longest, error: event.message || "the worker does not start" }; };
worker.onmessage = async ({ data }) => {
  if (data.row) rows.push(data);
  if (!data.end) return;
  let error = data.error ?? null;
  if (data.first) await firstUse(data.first).catch((failed) => { error = String(failed); });
  window.done = { rows, longest, error };
};
