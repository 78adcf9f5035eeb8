// Opens one message as soon as it can: download, compilation and start included.
import init, { Key } from "./pgp_bench.js";

onmessage = async ({ data: { key, packets } }) => {
  await init();
  Key.read(key).open(packets, Math.floor(Date.now() / 1000));
  postMessage("opened");
};
