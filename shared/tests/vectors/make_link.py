#!/usr/bin/env python3
"""Known-answer vectors for shared::link, from an implementation that shares no code with it.

    pip install cryptography argon2-cffi && python3 make_link.py

writes link.json beside itself. Everything is fixed, so a second run gives the same file. docs/links.md is what it follows.
"""

import base64
import hashlib
import json
import pathlib
import struct
import unicodedata

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from make_vault import bip39_places, crockford, derive, join, padme, pattern, seal

CHUNK = 1024 * 1024
NO_ACCOUNT = bytes(16)


def base64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def normalised(answer):
    """Right for the letters of the vectors: Python's isalnum is not quite Unicode's Alphabetic or N."""
    lower = "".join(c.lower() for c in unicodedata.normalize("NFD", answer))
    return "".join(c for c in lower if c.isalnum() and not "\u0300" <= c <= "\u036f")


def answer_key(answer, fragment, name):
    salt = derive(fragment, "link/answer", name)
    return hash_secret_raw(normalised(answer).encode(), salt, 3, 64 * 1024, 1, 32, Type.ID, version=0x13)


def sealed_chunks(payload_id, key, prefix, stream):
    count = -(-len(stream) // CHUNK)
    for place in range(count):
        nonce = prefix + struct.pack(">I", place) + bytes([place + 1 == count])
        content = stream[place * CHUNK : (place + 1) * CHUNK]
        yield AESGCM(key).encrypt(nonce, content, join(b"\x01", payload_id))


def json_bytes(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def main():
    fragment, share = pattern(21, 16), pattern(22, 32)
    name = derive(fragment, "link/name")[:10]
    letters = crockford(name).replace("-", "")
    vectors = {
        "fragment": fragment.hex(),
        "name": name.hex(),
        "link": f"https://home.test/l/{letters}#{base64url(fragment)}",
        "places": bip39_places(fragment),
        "share": share.hex(),
    }

    vectors["answers"] = [
        {"typed": typed, "normalised": normalised(typed)}
        for typed in ("Saint-Malo, été 2019 !", "  SAINT MALO\u00a0E\u0301TE\u0301 2019", "042 917", "Straße", "Ἀθῆναι")
    ]
    answer = vectors["answers"][0]["typed"]
    stretched = answer_key(answer, fragment, name)
    vectors["lock"] = {
        "answer": answer,
        "key": stretched.hex(),
        "proof": derive(stretched, "link/proof", name).hex(),
    }

    payload_id, content_key, prefix = pattern(23, 16), pattern(24, 32), pattern(25, 7)
    person = {"name": "Zoé", "address": "zoe@home.test"}
    cover = json_bytes({"from": person, "lock": {"kind": {"question": "Où étions-nous ?"}, "stretch": 1}})
    cover_nonce, wrap_nonce = pattern(26, 24), pattern(27, 24)
    vectors["cover"] = {
        "json": cover.decode(),
        "nonce": cover_nonce.hex(),
        "sealed": seal(
            derive(fragment, "link/cover", name), "link/cover", NO_ACCOUNT, name, 0, cover, cover_nonce
        ).hex(),
    }

    text, html, file = "À dimanche !\n".encode(), "<p>À dimanche !</p>".encode(), pattern(28, 300)
    manifest = json_bytes(
        {
            "from": person,
            "to": [{"name": "", "address": "ines@elsewhere.test"}],
            "subject": "Déjeuner",
            "date": 1767225600,
            "message_id": "1@home.test",
            "text": len(text),
            "html": len(html),
            "files": [
                {"name": "plan.png", "type": "image/png", "octets": len(file), "content_id": "plan"},
                {"name": "vide.txt", "type": "text/plain", "octets": 0, "content_id": ""},
            ],
            "replies": {"certificate": base64url(pattern(30, 90))},
        }
    )
    stream = struct.pack(">I", len(manifest)) + manifest + text + html + file
    stream += bytes(padme(len(stream)) - len(stream))
    (chunk,) = sealed_chunks(payload_id, content_key, prefix, stream)
    description = b"\x01" + payload_id + content_key + prefix + struct.pack(">Q", len(stream))
    wraps, keks = {}, {}
    for kind, key in (("open", bytes(32)), ("locked", stretched)):
        kek = derive(join(fragment, share, key), "link", name)
        keks[kind] = kek
        wraps[kind] = seal(kek, "link", NO_ACCOUNT, name, 0, description, wrap_nonce).hex()
    vectors["payload"] = {
        "id": payload_id.hex(),
        "key": content_key.hex(),
        "prefix": prefix.hex(),
        "manifest": manifest.decode(),
        "text": text.decode(),
        "html": html.decode(),
        "file": file.hex(),
        "octets": len(stream),
        "chunk": chunk.hex(),
        "wrap_nonce": wrap_nonce.hex(),
        "wraps": wraps,
        "opened": derive(content_key, "link/opened", name).hex(),
    }

    # What joins letters: an earlier one, the note of it for its sender, and what is kept of an answer.
    before, account_key, account = pattern(31, 16), pattern(32, 32), pattern(33, 16)
    told = {"fragment": base64url(before), "subject": "Déjeuner", "date": 1767225600}
    kept = {"date": 1767229200, "text": "Merci !\n", "files": [["plan.png", 300]], "is_whole": True}
    joined_nonce, ines = pattern(34, 24), "ines@elsewhere.test"

    def beside(purpose, value):
        key = derive(keks["open"], purpose, name)
        return seal(key, purpose, NO_ACCOUNT, name, 0, json_bytes(value), joined_nonce).hex()

    note_key = derive(account_key, "links", account)
    vectors["conversation"] = {
        "nonce": joined_nonce.hex(),
        "account": account.hex(),
        "account_key": account_key.hex(),
        "before": before.hex(),
        "recipient": ines,
        "note": seal(note_key, "links", account, ines.encode(), 0, json_bytes(told), joined_nonce).hex(),
        "earlier": beside("link/earlier", [told]),
        "reply": beside("link/reply", kept),
    }

    # Three chunks, told by their hashes: content is the pattern over and over.
    large = (pattern(29, 256) * (3 * CHUNK // 256))[: 2 * CHUNK + 65536]
    head = {"from": person, "to": [], "subject": "", "date": 0, "message_id": "2@home.test", "text": 0, "html": 0}
    head["files"] = [{"name": "a", "type": "b/c", "octets": len(large), "content_id": ""}]
    manifest = json_bytes(head)
    stream = struct.pack(">I", len(manifest)) + manifest + large
    stream += bytes(padme(len(stream)) - len(stream))
    chunks = list(sealed_chunks(payload_id, content_key, prefix, stream))
    vectors["large"] = {
        "manifest": manifest.decode(),
        "octets": len(stream),
        "chunks": [{"octets": len(chunk), "sha256": hashlib.sha256(chunk).hexdigest()} for chunk in chunks],
    }

    target = pathlib.Path(__file__).with_name("link.json")
    target.write_text(json.dumps(vectors, indent=2, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main()
