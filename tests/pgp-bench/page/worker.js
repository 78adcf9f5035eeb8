// Measures, in a worker of its own as the page has one, this program's OpenPGP and OpenPGP.js beside each other: the same keys, the
// same messages, turn about, so that whatever else the machine does strikes both. What each opens is compared with what was sealed.

import init, { Key } from "./pgp_bench.js";
import * as openpgp from "./openpgp.min.mjs";

const ROUNDS = 5;
const MANY = 200;
const SMALL_BYTES = 5_000;
const LARGE_BYTES = 25_000_000;
const KEYS = 10;

const now = () => Math.floor(Date.now() / 1000);
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const bytesOf = (count) => {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count; at += 65_536) crypto.getRandomValues(bytes.subarray(at, Math.min(at + 65_536, count)));
  return bytes;
};
const same = (a, b) => a.length === b.length && a.every((byte, at) => byte === b[at]);

const FORMS = {
  "SEIPDv1": { aeadProtect: false },
  "SEIPDv2, OCB": { aeadProtect: true, preferredAEADAlgorithm: openpgp.enums.aead.ocb },
  "SEIPDv2, GCM": { aeadProtect: true, preferredAEADAlgorithm: openpgp.enums.aead.gcm },
};
const CONFIG = { preferredCompressionAlgorithm: openpgp.enums.compression.uncompressed };

/** A key of OpenPGP.js, and the same key in ours. */
async function key(version) {
  // Keys of version 6 say that they read SEIPDv2.
  const config = version === 6 ? { v6Keys: true, aeadProtect: true } : {};
  const made = await openpgp.generateKey({
    type: version === 6 ? "curve25519" : "ecc",
    ...(version === 6 ? {} : { curve: "curve25519Legacy" }),
    userIDs: [{ name: "Bench", email: "bench@example.org" }],
    format: "object",
    config,
  });
  return { version, theirs: made.privateKey, certificate: made.publicKey, ours: Key.read(made.privateKey.write()) };
}

/** Packets that OpenPGP.js seals for a key, in one of the forms. */
async function sealed(key, plaintext, form) {
  // Which packet is written follows what the certificate says it reads; a session key of our choice says it directly.
  const sessionKey = { data: bytesOf(32), algorithm: "aes256", ...(form.aeadProtect ? { aeadAlgorithm: form.preferredAEADAlgorithm === openpgp.enums.aead.gcm ? "gcm" : "ocb" } : {}) };
  const message = await openpgp.createMessage({ binary: plaintext });
  return openpgp.encrypt({ message, encryptionKeys: key.certificate, sessionKey, format: "binary", config: { ...CONFIG, ...form } });
}

async function openTheirs(key, packets) {
  const message = await openpgp.readMessage({ binaryMessage: packets });
  return (await openpgp.decrypt({ message, decryptionKeys: key.theirs, format: "binary" })).data;
}

/** Times two ways of doing the same, turn about; milliseconds, the median of the rounds. */
async function side(label, rounds, ours, theirs) {
  const times = [[], []];
  for (let round = 0; round <= rounds; round += 1) {
    const both = round % 2 ? [1, 0] : [0, 1];
    for (const which of both) {
      const began = performance.now();
      await [ours, theirs][which]();
      // The first round warms up: engines compile what runs often.
      if (round > 0) times[which].push(performance.now() - began);
    }
  }
  postMessage({ row: label, ours: median(times[0]), theirs: median(times[1]) });
}

async function many(version, name) {
  const pair = await key(version);
  const plaintexts = Array.from({ length: MANY }, () => bytesOf(SMALL_BYTES));
  const packets = [];
  for (const plaintext of plaintexts) packets.push(await sealed(pair, plaintext, FORMS[name]));
  for (const at of [0, MANY - 1]) {
    if (!same(pair.ours.open(packets[at], now()), plaintexts[at])) throw new Error("opened to something else");
  }
  await side(`open ${MANY} × 5 kB, v${version}, ${name}`, ROUNDS, () => packets.forEach((one) => pair.ours.open(one, now())),
    async () => { for (const one of packets) await openTheirs(pair, one); });
}

/** Mail at rest, sealed with ML-KEM-768 and X25519: OpenPGP.js has neither. */
function atRest() {
  const key = Key.make_for_rest(now());
  const plaintexts = Array.from({ length: MANY }, () => bytesOf(SMALL_BYTES));
  const packets = plaintexts.map((one) => key.seal(one, now()));
  for (const at of [0, MANY - 1]) {
    if (!same(key.open(packets[at], now()), plaintexts[at])) throw new Error("opened to something else");
  }
  alone(`open ${MANY} × 5 kB, at rest with ML-KEM, OCB`, () => packets.forEach((one) => key.open(one, now())));
  alone(`seal ${MANY} × 5 kB, at rest with ML-KEM, OCB`, () => plaintexts.forEach((one) => key.seal(one, now())));
}

/** Times what only this program does; milliseconds, the median of the rounds. */
function alone(label, ours) {
  ours();
  const times = Array.from({ length: ROUNDS }, () => {
    const began = performance.now();
    ours();
    return performance.now() - began;
  });
  postMessage({ row: label, ours: median(times) });
}

async function sealMany(version, form, name) {
  const pair = await key(version);
  const plaintexts = Array.from({ length: MANY }, () => bytesOf(SMALL_BYTES));
  const ours = pair.ours.seal(plaintexts[0], now());
  if (!same(await openTheirs(pair, ours), plaintexts[0])) throw new Error("sealed something else");
  const [packet] = (await openpgp.readMessage({ binaryMessage: ours })).packets.filterByTag(openpgp.enums.packet.symEncryptedIntegrityProtectedData);
  if (packet.version !== (form.aeadProtect ? 2 : 1)) throw new Error(`sealed as version ${packet.version}`);
  await side(`seal ${MANY} × 5 kB, v${version}, ${name}`, ROUNDS, () => plaintexts.forEach((one) => pair.ours.seal(one, now())),
    async () => { for (const one of plaintexts) await sealed(pair, one, form); });
}

async function large(version, name) {
  const pair = await key(version);
  const plaintext = bytesOf(LARGE_BYTES);
  const packets = await sealed(pair, plaintext, FORMS[name]);
  if (!same(pair.ours.open(packets, now()), plaintext)) throw new Error("opened to something else");
  await side(`open 25 MB, v${version}, ${name}`, 3, () => pair.ours.open(packets, now()), () => openTheirs(pair, packets));
}

async function sealLarge(version, form, name) {
  const pair = await key(version);
  const plaintext = bytesOf(LARGE_BYTES);
  await side(`seal 25 MB, v${version}, ${name}`, 3, () => pair.ours.seal(plaintext, now()), () => sealed(pair, plaintext, form));
}

/** Seals and opens 25 MB with one of the two, for whoever watches this process's memory. */
async function peak(which) {
  const plaintext = bytesOf(LARGE_BYTES);
  if (which === "ours") {
    await init();
    const key = Key.make(now());
    key.open(key.seal(plaintext, now()), now());
  } else {
    const pair = await openpgp.generateKey({ type: "ecc", curve: "curve25519Legacy", userIDs: [{ email: "bench@example.org" }], format: "object" });
    const message = await openpgp.createMessage({ binary: plaintext });
    const packets = await openpgp.encrypt({ message, encryptionKeys: pair.publicKey, format: "binary", config: CONFIG });
    await openTheirs({ theirs: pair.privateKey }, packets);
  }
  postMessage({ end: true });
}

/** One key and one message for it, for those who open something for the first time. */
async function first() {
  const pair = await key(4);
  const plaintext = bytesOf(SMALL_BYTES);
  return { key: pair.theirs.write(), packets: await sealed(pair, plaintext, FORMS.SEIPDv1) };
}

async function all() {
  await init();
  await side(`make ${KEYS} keys, v4`, ROUNDS, () => { for (let made = 0; made < KEYS; made += 1) Key.make(now()).free(); },
    async () => { for (let made = 0; made < KEYS; made += 1) await openpgp.generateKey({ type: "ecc", curve: "curve25519Legacy", userIDs: [{ email: "bench@example.org" }], format: "object" }); });
  for (const version of [4, 6]) for (const name of Object.keys(FORMS)) await many(version, name);
  atRest();
  await sealMany(4, FORMS.SEIPDv1, "SEIPDv1");
  await sealMany(6, FORMS["SEIPDv2, OCB"], "SEIPDv2, OCB");
  for (const name of Object.keys(FORMS)) await large(6, name);
  await sealLarge(4, FORMS.SEIPDv1, "SEIPDv1");
  await sealLarge(6, FORMS["SEIPDv2, OCB"], "SEIPDv2, OCB");
  postMessage({ end: true, first: await first() });
}

const only = new URL(self.location).searchParams.get("peak");
(only ? peak(only) : all()).catch((error) => postMessage({ end: true, error: String(error.stack ?? error) }));
