// Does with a key what the test asks, one job after the other: JSON in, JSON out, octets as base64.
import { readFileSync } from "node:fs";

const { library, key, text, jobs } = JSON.parse(readFileSync(0, "utf8"));
const openpgp = await import(library);
const octets = (base64) => new Uint8Array(Buffer.from(base64, "base64"));

const read = () => openpgp.readPrivateKey({ binaryKey: octets(key) });

const does = {
  async sign() {
    const message = await openpgp.createMessage({ binary: octets(text) });
    return openpgp.sign({ message, signingKeys: await read(), detached: true, format: "binary" });
  },
  async seal({ aead, signed }) {
    const own = await read();
    const message = await openpgp.createMessage({ binary: octets(text) });
    // What is written follows what the certificate asks for; a session key of our choice says it directly.
    const sessionKey = { data: crypto.getRandomValues(new Uint8Array(32)), algorithm: "aes256", ...(aead ? { aeadAlgorithm: aead } : {}) };
    const config = { preferredCompressionAlgorithm: openpgp.enums.compression.uncompressed, aeadProtect: Boolean(aead) };
    return openpgp.encrypt({ message, encryptionKeys: own.toPublic(), sessionKey, ...(signed ? { signingKeys: own } : {}), format: "binary", config });
  },
  async open({ sealed, signed }) {
    const own = await read();
    const message = await openpgp.readMessage({ binaryMessage: octets(sealed) });
    const { data, signatures } = await openpgp.decrypt({ message, decryptionKeys: own, verificationKeys: own.toPublic(), format: "binary" });
    if (signed) await signatures[0].verified;
    return data;
  },
};

const done = [];
for (const job of jobs) {
  try {
    done.push({ ok: Buffer.from(await does[job.do](job)).toString("base64") });
  } catch (error) {
    done.push({ error: String(error) });
  }
}
process.stdout.write(JSON.stringify(done));
