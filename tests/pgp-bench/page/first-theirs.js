// Opens one message as soon as it can: download, compilation and start included.
import * as openpgp from "./openpgp.min.mjs";

onmessage = async ({ data: { key, packets } }) => {
  const decryptionKeys = await openpgp.readPrivateKey({ binaryKey: key });
  await openpgp.decrypt({ message: await openpgp.readMessage({ binaryMessage: packets }), decryptionKeys, format: "binary" });
  postMessage("opened");
};
