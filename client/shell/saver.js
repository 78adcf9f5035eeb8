// Saves large files from behind links: a service worker that answers addresses below /l/save/, and nothing else, with what the page
// hands over piece by piece, so that the browser writes it to the disk as it comes (client/src/platform/saving.rs).
//
// An address is of chance, told by the page beforehand, and good once. What nobody has told is an error here: nothing is ever asked of
// the box. Nothing is kept, and the worker takes itself out of the browser when nothing is being saved any more.

/** How long it waits for a further file, milliseconds; by then the browser has read what was handed over last. */
const LINGER_MS = 5_000;
/** How long one word of the page keeps it going, milliseconds; the next comes sooner. Browsers end a worker whose one event lasts for minutes. */
const KEPT_GOING_MS = 20_000;

/** Files that have not ended, by address. */
const files = new Map();

class Saving {
  constructor(path, name, octets, port) {
    Object.assign(this, { path, name, octets, port });
    this.ended = new Promise((resolve) => (this.end = resolve));
    this.isBegun = false;
    // Until the browser asks for it there is nothing to be told but that it is given up.
    port.onmessage = () => this.end();
    files.set(path, this);
    this.ended.then(() => files.delete(path));
  }

  stream() {
    const { port } = this;
    let answered = () => {};
    return new ReadableStream(
      {
        start: (controller) => {
          port.onmessage = ({ data }) => {
            if (data instanceof ArrayBuffer) {
              controller.enqueue(new Uint8Array(data));
            } else {
              const isWhole = data === "end";
              if (isWhole) controller.close();
              else controller.error(new Error("the page says that it is not whole"));
              port.postMessage(isWhole ? "whole" : "over");
              this.end();
            }
            answered();
          };
        },
        // Nothing is handed over before the browser has taken what came before.
        pull: () => {
          const answer = new Promise((resolve) => (answered = resolve));
          port.postMessage("next");
          return answer;
        },
        cancel: () => {
          port.postMessage("over");
          this.end();
        },
      },
      { highWaterMark: 0 },
    );
  }

  response() {
    if (this.isBegun) return Response.error();
    this.isBegun = true;
    const stream = this.stream();
    this.port.postMessage("begun");
    const name = encodeURIComponent(this.name).replace(/['()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
    const headers = {
      "content-type": "application/octet-stream",
      "content-length": this.octets,
      "content-disposition": `attachment; filename*=UTF-8''${name}`,
      "content-security-policy": "default-src 'none'",
      "cache-control": "no-store",
      "cross-origin-embedder-policy": "require-corp",
      "cross-origin-resource-policy": "same-origin",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    };
    return new Response(stream, { headers });
  }
}

/** Until all that is being saved has ended, and no more has begun meanwhile. */
async function done() {
  while (files.size > 0) await Promise.all([...files.values()].map((file) => file.ended));
  await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
  if (files.size === 0) await registration.unregister();
}

addEventListener("install", (event) => {
  // Browsers that ask the network beside their worker, to be quicker, are told not to.
  const routed = event.addRoutes?.({ condition: { urlPattern: new URLPattern({ pathname: "/l/save/*" }) }, source: "fetch-event" });
  event.waitUntil(Promise.all([routed, skipWaiting()]));
});

addEventListener("message", (event) => {
  const [port] = event.ports;
  if (port) {
    new Saving(...event.data, port);
    port.postMessage("ready");
  }
  // Whatever else is said is said to keep it going: browsers end a worker that has heard of nothing for half a minute. The page hears that
  // its file is still known here.
  else for (const file of files.values()) file.port.postMessage("here");
  event.waitUntil(Promise.race([done(), new Promise((resolve) => setTimeout(resolve, KEPT_GOING_MS))]));
});

addEventListener("fetch", (event) => {
  event.respondWith(files.get(new URL(event.request.url).pathname)?.response() ?? Response.error());
});
