#!/usr/bin/env python3
"""Known-answer vectors for shared::vault, from an implementation that shares no code with it.

    pip install cryptography argon2-cffi && python3 make_vault.py

writes vault.json beside itself. Everything is fixed, so a second run gives the same file. HKDF, HMAC, Argon2id and SHA-2
come from the libraries; ristretto255 (RFC 9496), the OPRF (RFC 9497), OPAQUE's registration (RFC 9807) and XChaCha20's
subkey (HChaCha20) are written out here from their documents, in plain integer arithmetic: slow, not constant time, for
vectors only.
"""

import base64
import hashlib
import hmac
import json
import pathlib
import struct

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

# -- joining and deriving ------------------------------------------------------------------------------------------------


def derive(ikm, purpose, ident=b""):
    info = b"own-mailbox/1/" + purpose.encode() + b"\0" + ident
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(ikm)


def join(*fields):
    return b"".join(struct.pack(">I", len(field)) + field for field in fields)


# -- sealing -------------------------------------------------------------------------------------------------------------


def hchacha20(key, nonce16):
    state = list(struct.unpack("<4I", b"expand 32-byte k") + struct.unpack("<8I", key) + struct.unpack("<4I", nonce16))

    def quarter(a, b, c, d):
        for x, y, z, bits in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            state[x] = (state[x] + state[y]) & 0xFFFFFFFF
            mixed = state[z] ^ state[x]
            state[z] = ((mixed << bits) | (mixed >> (32 - bits))) & 0xFFFFFFFF

    for _ in range(10):
        for column in range(4):
            quarter(column, column + 4, column + 8, column + 12)
        for i in range(4):
            quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return struct.pack("<8I", *(state[:4] + state[12:]))


def padme(length):
    if length < 2:
        return length
    exponent = length.bit_length() - 1
    mask = (1 << (exponent - exponent.bit_length())) - 1
    return (length + mask) & ~mask


def seal(key, purpose, account, obj, generation, content, nonce):
    counter = struct.pack(">Q", generation)
    data = join(b"\x01", purpose.encode(), account, obj, counter)
    padded = content + b"\x80"
    padded += bytes(padme(len(padded)) - len(padded))
    subkey = hchacha20(key, nonce[:16])
    ciphertext = ChaCha20Poly1305(subkey).encrypt(bytes(4) + nonce[16:], padded, data)
    return b"\x01" + counter + derive(key, "commit") + nonce + ciphertext


# -- ristretto255 (RFC 9496 §4) ------------------------------------------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def negative(x):
    return x % P & 1


def absolute(x):
    return (-x if negative(x) else x) % P


def sqrt_ratio(u, v):
    r = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    check = v * r * r % P
    correct, flipped, flipped_i = check == u % P, check == -u % P, check == -u * SQRT_M1 % P
    if flipped or flipped_i:
        r = r * SQRT_M1 % P
    return correct or flipped, absolute(r)


INVSQRT_A_MINUS_D = sqrt_ratio(1, -1 - D)[1]
SQRT_AD_MINUS_ONE = next(
    r for r in [sqrt_ratio(-D - 1, 1)[1], P - sqrt_ratio(-D - 1, 1)[1]]
    if r == 25063068953384623474111414158702152701244531502492656460079210482610430750235
)
ONE_MINUS_D_SQ = (1 - D * D) % P
D_MINUS_ONE_SQ = (D - 1) ** 2 % P

BASE_Y = 4 * pow(5, -1, P) % P
BASE_X = absolute(sqrt_ratio(BASE_Y * BASE_Y - 1, D * BASE_Y * BASE_Y + 1)[1])
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def add(p, q):
    (x1, y1, z1, t1), (x2, y2, z2, t2) = p, q
    a, b = (y1 - x1) * (y2 - x2), (y1 + x1) * (y2 + x2)
    c, d = 2 * D * t1 * t2, 2 * z1 * z2
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point, scalar = add(point, point), scalar >> 1
    return result


def encode(point):
    x0, y0, z0, t0 = point
    u1, u2 = (z0 + y0) * (z0 - y0) % P, x0 * y0 % P
    invsqrt = sqrt_ratio(1, u1 * u2 * u2)[1]
    den1, den2 = invsqrt * u1 % P, invsqrt * u2 % P
    z_inv = den1 * den2 * t0 % P
    x, y, den_inv = x0, y0, den2
    if negative(t0 * z_inv):
        x, y, den_inv = y0 * SQRT_M1 % P, x0 * SQRT_M1 % P, den1 * INVSQRT_A_MINUS_D % P
    if negative(x * z_inv):
        y = -y % P
    return absolute(den_inv * (z0 - y)).to_bytes(32, "little")


def elligator(t):
    r = SQRT_M1 * t * t % P
    u = (r + 1) * ONE_MINUS_D_SQ % P
    v = (-1 - r * D) * (r + D) % P
    was_square, s = sqrt_ratio(u, v)
    c = -1 % P
    if not was_square:
        s, c = -absolute(s * t) % P, r
    n = (c * (r - 1) * D_MINUS_ONE_SQ - v) % P
    w0, w1, w2, w3 = 2 * s * v, n * SQRT_AD_MINUS_ONE, 1 - s * s, 1 + s * s
    return w0 * w3 % P, w2 * w1 % P, w1 * w3 % P, w0 * w2 % P


def from_uniform(b):
    halves = [int.from_bytes(half, "little") % 2**255 % P for half in (b[:32], b[32:])]
    return add(elligator(halves[0]), elligator(halves[1]))


# -- OPRF (RFC 9497) -----------------------------------------------------------------------------------------------------

CONTEXT = b"OPRFV1-\x00-ristretto255-SHA512"


def expand_message(message, dst, length=64):
    dst += bytes([len(dst)])
    b0 = hashlib.sha512(bytes(128) + message + struct.pack(">H", length) + b"\0" + dst).digest()
    return hashlib.sha512(b0 + b"\x01" + dst).digest()[:length]


def derive_key_pair(seed, info):
    counter = 0
    while True:
        message = seed + struct.pack(">H", len(info)) + info + bytes([counter])
        secret = int.from_bytes(expand_message(message, b"DeriveKeyPair" + CONTEXT), "little") % L
        if secret:
            return secret, encode(multiply(secret, BASE))
        counter += 1


def oprf(key, message):
    element = encode(multiply(key, from_uniform(expand_message(message, b"HashToGroup-" + CONTEXT))))
    parts = [struct.pack(">H", len(part)) + part for part in (message, element)]
    return hashlib.sha512(b"".join(parts) + b"Finalize").digest()


# -- OPAQUE registration (RFC 9807 §4, §5) -------------------------------------------------------------------------------


def expand512(prk, info, length=64):
    out = hmac.digest(prk, info + b"\x01", "sha512")
    return out[:length]


def argon2id(data):
    return hash_secret_raw(data, bytes(16), 3, 64 * 1024, 1, len(data), Type.ID, version=0x13)


def opaque_register(password, credential_id, oprf_seed, server_public, envelope_nonce):
    oprf_key, _ = derive_key_pair(expand512(oprf_seed, credential_id + b"OprfKey", 32), b"OPAQUE-DeriveKeyPair")
    output = oprf(oprf_key, password)
    randomized = hmac.digest(bytes(64), output + argon2id(output), "sha512")
    auth_key = expand512(randomized, envelope_nonce + b"AuthKey")
    export_key = expand512(randomized, envelope_nonce + b"ExportKey")
    seed = expand512(randomized, envelope_nonce + b"PrivateKey", 32)
    _, client_public = derive_key_pair(seed, b"OPAQUE-DeriveDiffieHellmanKeyPair")
    names = [struct.pack(">H", 32) + public for public in (server_public, client_public)]
    tag = hmac.digest(auth_key, envelope_nonce + server_public + b"".join(names), "sha512")
    record = client_public + expand512(randomized, b"MaskingKey") + envelope_nonce + tag
    return record, export_key


# -- the vectors ---------------------------------------------------------------------------------------------------------


def pattern(start, length):
    """Bytes that differ from each other and from those of another start."""
    return bytes((start + 7 * i) % 256 for i in range(length))


def crockford(data):
    alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
    standard = base64.b32encode(data).decode()
    letters = standard.translate(str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", alphabet))
    return "-".join(letters[i : i + 4] for i in range(0, len(letters), 4))


def bip39_places(code):
    """The place of each of the twelve words in its list (BIP-39: 128 bits and 4 bits of their SHA-256)."""
    bits = int.from_bytes(code, "big") << 4 | hashlib.sha256(code).digest()[0] >> 4
    return [bits >> (11 * (11 - i)) & 2047 for i in range(12)]


def main():
    assert encode(BASE).hex() == "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76"
    account = pattern(1, 16)
    account_key = pattern(2, 32)
    nonce = pattern(3, 24)
    vectors = {"account": account.hex(), "account_key": account_key.hex(), "nonce": nonce.hex()}

    vectors["derive"] = [
        {"ikm": ikm.hex(), "purpose": purpose, "id": ident.hex(), "key": derive(ikm, purpose, ident).hex()}
        for ikm, purpose, ident in [
            (account_key, "settings", account),
            (account_key, "queue", b"17"),
            (pattern(4, 64), "wrap/passphrase", account),
            (b"", "commit", b""),
        ]
    ]
    vectors["drawers"] = {
        purpose: derive(account_key, purpose, account).hex()
        for purpose in ("openpgp", "revocation", "contacts", "drafts", "settings", "index", "links")
    }

    vectors["seal"] = []
    for obj, generation, content in [(b"", 0, b""), (b"theme", 3, b"dark"), (b"draft 1", 2**40, pattern(5, 1000))]:
        sealed = seal(derive(account_key, "settings", account), "settings", account, obj, generation, content, nonce)
        vectors["seal"].append(
            {"object": obj.hex(), "generation": generation, "content": content.hex(), "sealed": sealed.hex()}
        )

    code = pattern(6, 16)
    vectors["recovery"] = {
        "code": code.hex(),
        "places": bip39_places(code),
        "proof": derive(code, "recovery/proof").hex(),
        "wrap": seal(derive(code, "wrap/recovery", account), "wrap/recovery", account, b"", 0, account_key, nonce).hex(),
    }

    tab, share = pattern(7, 32), pattern(8, 32)
    vectors["tab"] = {
        "tab": tab.hex(),
        "share": share.hex(),
        "wrap": seal(
            derive(join(tab, share), "wrap/tab", account), "wrap/tab", account, b"", 0, account_key, nonce
        ).hex(),
    }

    device = pattern(9, 20)
    vectors["device"] = {
        "password": device.hex(),
        "text": crockford(device),
        "auth": derive(device, "device/auth", account).hex(),
        "open": seal(
            derive(device, "device/open", account),
            "device/open",
            account,
            b"",
            0,
            derive(account_key, "openpgp", account),
            nonce,
        ).hex(),
    }

    typed = "Une phrase de passe, cafe\u0301 compris"
    prepared = "Une phrase de passe, caf\u00e9 compris".encode()
    oprf_seed, unknown = pattern(10, 64), pattern(11, 32)
    server_secret = int.from_bytes(pattern(12, 32), "little") % L
    server_public = encode(multiply(server_secret, BASE))
    fake_public = encode(multiply(42, BASE))
    setup = b"\x01" + unknown + oprf_seed + server_secret.to_bytes(32, "little") + fake_public
    record, export_key = opaque_register(prepared, account, oprf_seed, server_public, pattern(13, 32))
    vectors["opaque"] = {
        "passphrase": typed,
        "setup": setup.hex(),
        "record": (b"\x01" + record).hex(),
        "export_key": export_key.hex(),
        "wrap": seal(
            derive(export_key, "wrap/passphrase", account), "wrap/passphrase", account, b"", 0, account_key, nonce
        ).hex(),
        "unknown_address": "nobody@home.test",
        "stand_in": derive(unknown, "unknown-address", b"nobody@home.test")[:16].hex(),
        "new_account": derive(unknown, "new-account", pattern(14, 32))[:16].hex(),
        "invitation": pattern(14, 32).hex(),
    }

    target = pathlib.Path(__file__).with_name("vault.json")
    target.write_text(json.dumps(vectors, indent=2, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main()
