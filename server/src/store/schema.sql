-- The whole current schema. Rules: STRICT, NOT NULL unless absence means something, times in Unix seconds, ids never reused.
-- Nothing readable stands here beyond what docs/threat-model.md lists; `sealed_*` is ciphertext that the box cannot open.

-- People -------------------------------------------------------------------------------------------------------------

CREATE TABLE account (
    id                  INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id           BLOB    NOT NULL UNIQUE CHECK (length(public_id) = 16),  -- OPAQUE's credential identifier
    display_name        TEXT    NOT NULL,
    language            TEXT    NOT NULL CHECK (language IN ('fr', 'en')),
    opaque_record       BLOB    NOT NULL,
    passphrase_wrap     BLOB    NOT NULL,   -- the account key under the passphrase's key
    recovery_wrap       BLOB    NOT NULL,   -- the account key under the recovery code's key
    recovery_proof_hash BLOB    NOT NULL,   -- SHA-256 of what a recovery must show
    created_at          INTEGER NOT NULL,
    disabled_at         INTEGER,            -- NULL: may sign in
    key_server          TEXT                -- the host that its owner agreed to have asked; NULL: none
) STRICT;

CREATE TABLE address (
    address    TEXT    PRIMARY KEY,         -- canonical: lower case, domain as A-labels
    account_id INTEGER NOT NULL REFERENCES account (id),
    is_primary INTEGER NOT NULL CHECK (is_primary IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX address_account ON address (account_id);

CREATE TABLE openpgp_key (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id        INTEGER NOT NULL REFERENCES account (id),
    fingerprint       BLOB    NOT NULL,
    certificate       BLOB    NOT NULL,     -- binary transferable public key
    sealed_secret_key BLOB    NOT NULL,
    created_at        INTEGER NOT NULL,
    retired_at        INTEGER,              -- NULL: the one that is published and sealed to
    sealed_revocation BLOB                  -- the signature that withdraws it; NULL: none was made
) STRICT;
CREATE INDEX openpgp_key_account ON openpgp_key (account_id, retired_at);

-- Keys that an account's mail is sealed to where it lies, while every device of it can open that.
CREATE TABLE rest_key (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id        INTEGER NOT NULL REFERENCES account (id),
    fingerprint       BLOB    NOT NULL,
    certificate       BLOB    NOT NULL,     -- binary transferable public key
    sealed_secret_key BLOB    NOT NULL,
    vouched           BLOB    NOT NULL,     -- the signature by which the account's key vouched for it
    vouched_by        BLOB    NOT NULL,     -- the fingerprint of that key: in use only while it is the account's
    created_at        INTEGER NOT NULL
) STRICT;
CREATE INDEX rest_key_account ON rest_key (account_id, vouched_by);

-- Certificates that an account's owner chose to use for people elsewhere.
CREATE TABLE correspondent (
    account_id  INTEGER NOT NULL REFERENCES account (id),
    address     TEXT    NOT NULL,           -- canonical
    certificate BLOB    NOT NULL,           -- binary transferable public key
    kept_at     INTEGER NOT NULL,
    PRIMARY KEY (account_id, address)
) STRICT, WITHOUT ROWID;

-- What an account remembers of the certificates of others, as one object.
CREATE TABLE people (
    account_id INTEGER PRIMARY KEY REFERENCES account (id),
    generation INTEGER NOT NULL,            -- counts up with each change
    sealed     BLOB    NOT NULL
) STRICT;

CREATE TABLE invitation (
    token_hash BLOB    PRIMARY KEY,         -- SHA-256 of the link's token
    address    TEXT,                        -- NULL: the guest chooses
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_by    INTEGER REFERENCES account (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
    token_hash   BLOB    PRIMARY KEY,       -- SHA-256 of the cookie's token
    account_id   INTEGER NOT NULL REFERENCES account (id),
    tab_share    BLOB    NOT NULL,          -- the box's half of "reload without asking"
    user_agent   TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_account ON session (account_id);

CREATE TABLE device (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id   INTEGER NOT NULL REFERENCES account (id),
    name         TEXT    NOT NULL,
    auth_hash    BLOB    NOT NULL,          -- SHA-256 of HKDF(device password, "device/auth")
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER,
    revoked_at   INTEGER,
    open_wrap    BLOB                       -- the "openpgp" key under HKDF(device password, "device/open"); NULL: mail stays sealed
) STRICT;
CREATE INDEX device_account ON device (account_id) WHERE revoked_at IS NULL;

-- Failed tries at any door, so that a restart forgives nothing.
CREATE TABLE throttle (
    scope      TEXT    NOT NULL,            -- 'account', 'network', 'total', …
    subject    TEXT    NOT NULL,            -- which account or network
    failures   INTEGER NOT NULL,
    last_at    INTEGER NOT NULL,
    blocked_until INTEGER NOT NULL,
    PRIMARY KEY (scope, subject)
) STRICT, WITHOUT ROWID;

-- Networks and browsers from which an account signed in before: its owner is not locked out by others' failures.
CREATE TABLE known_place (
    account_id INTEGER NOT NULL REFERENCES account (id),
    place_hash BLOB    NOT NULL,
    last_at    INTEGER NOT NULL,
    PRIMARY KEY (account_id, place_hash)
) STRICT, WITHOUT ROWID;

-- Mail ---------------------------------------------------------------------------------------------------------------

CREATE TABLE mailbox (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id     INTEGER NOT NULL REFERENCES account (id),
    name           TEXT    NOT NULL,        -- full name, '/' between levels; 'INBOX' in capitals
    role           TEXT CHECK (role IN ('inbox', 'drafts', 'sent', 'archive', 'junk', 'trash')),
    uid_validity   INTEGER NOT NULL,        -- RFC 9051 §2.3.1.1
    uid_next       INTEGER NOT NULL,
    highest_modseq INTEGER NOT NULL,        -- RFC 7162 §3.1.2.1
    recent_uid     INTEGER NOT NULL DEFAULT 1,  -- messages from here on are \Recent (RFC 3501 §2.3.2), unless store::recent knows better
    UNIQUE (account_id, name),
    UNIQUE (account_id, role)
) STRICT;

-- Names that an account's mail programs show, which stay when the mailbox goes (RFC 9051 §6.3.7).
CREATE TABLE subscription (
    account_id INTEGER NOT NULL REFERENCES account (id),
    name       TEXT    NOT NULL,
    PRIMARY KEY (account_id, name)
) STRICT, WITHOUT ROWID;

-- What was stored once, however many mailboxes show it. A long list reads many of these rows, so they are short: whatever has
-- some hundred octets stands in a table of its own.
CREATE TABLE body (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    size INTEGER NOT NULL,                  -- octets of the message as IMAP serves it
    came TEXT CHECK (came IN ('outside', 'here', 'box', 'link'))  -- how; NULL: its account filed it, or nobody noted it
) STRICT;

CREATE TABLE body_sealed (
    body_id INTEGER PRIMARY KEY REFERENCES body (id),
    summary BLOB    NOT NULL,               -- empty: none
    header  BLOB    NOT NULL                -- the original header of mail that came end-to-end encrypted; empty: none
) STRICT;

CREATE TABLE body_bytes (
    body_id INTEGER PRIMARY KEY REFERENCES body (id),
    bytes   BLOB    NOT NULL                -- readable header fields, then OpenPGP
) STRICT;

-- The beginning of those bytes up to the first empty line, once more, so that a mailbox is listed and searched without touching
-- them. Not there where there is no such line, or a late one.
CREATE TABLE body_header (
    body_id INTEGER PRIMARY KEY REFERENCES body (id),
    bytes   BLOB    NOT NULL
) STRICT;

-- BODY and BODYSTRUCTURE of those bytes, as IMAP tells them, so that structures are listed without touching the bytes. Not there
-- where they are long, or the message was stored by a program that did not keep them.
CREATE TABLE body_structure (
    body_id  INTEGER PRIMARY KEY REFERENCES body (id),
    plain    BLOB NOT NULL,                 -- BODY
    extended BLOB NOT NULL                  -- BODYSTRUCTURE
) STRICT;

-- ENVELOPE of those bytes, as IMAP tells it; not there as with the structure.
CREATE TABLE body_envelope (
    body_id INTEGER PRIMARY KEY REFERENCES body (id),
    bytes   BLOB    NOT NULL
) STRICT;

CREATE TABLE message (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    mailbox_id  INTEGER NOT NULL REFERENCES mailbox (id),
    uid         INTEGER NOT NULL,
    modseq      INTEGER NOT NULL,
    body_id     INTEGER NOT NULL REFERENCES body (id),
    flags       INTEGER NOT NULL,           -- bits, see store::flags
    keywords    TEXT    NOT NULL,           -- other flags, sorted, one space between
    received_at INTEGER NOT NULL,           -- RFC 9051 INTERNALDATE
    saved_at    INTEGER NOT NULL DEFAULT 0, -- when it came into this mailbox (RFC 8514)
    UNIQUE (mailbox_id, uid)
) STRICT;
CREATE INDEX message_body ON message (body_id);
CREATE INDEX message_place ON message (mailbox_id, received_at, body_id);
CREATE INDEX message_modseq ON message (mailbox_id, modseq);
CREATE INDEX message_unseen ON message (mailbox_id, uid) WHERE flags & 1 = 0;
CREATE INDEX message_deleted ON message (mailbox_id, uid) WHERE flags & 8 <> 0;
CREATE INDEX message_keywords ON message (mailbox_id, keywords) WHERE keywords <> '';

-- UIDs that are gone, for clients that resynchronise (RFC 7162 §3.2).
CREATE TABLE expunged (
    mailbox_id INTEGER NOT NULL REFERENCES mailbox (id) ON DELETE CASCADE,
    uid        INTEGER NOT NULL,
    modseq     INTEGER NOT NULL,
    PRIMARY KEY (mailbox_id, uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX expunged_modseq ON expunged (mailbox_id, modseq);

CREATE TRIGGER body_unreferenced AFTER DELETE ON message
WHEN NOT EXISTS (SELECT 1 FROM message WHERE body_id = OLD.body_id)
BEGIN
    DELETE FROM body_bytes WHERE body_id = OLD.body_id;
    DELETE FROM body_header WHERE body_id = OLD.body_id;
    DELETE FROM body_structure WHERE body_id = OLD.body_id;
    DELETE FROM body_envelope WHERE body_id = OLD.body_id;
    DELETE FROM body_sealed WHERE body_id = OLD.body_id;
    DELETE FROM body WHERE id = OLD.body_id;
END;

-- Outgoing mail ------------------------------------------------------------------------------------------------------

-- What clients handed in for the letters that they write, so that what comes again after its answer was lost is not done twice.
CREATE TABLE letter (
    account_id    INTEGER NOT NULL REFERENCES account (id),
    letter_id     BLOB    NOT NULL CHECK (length(letter_id) = 16),  -- random, made by the client
    draft_id      INTEGER,                  -- the message that was filed last; may be gone
    attempt       INTEGER,                  -- NULL like the next three: not submitted
    submission_id INTEGER,                  -- may have ended
    sent_id       INTEGER,                  -- the copy in Sent as it was filed; may be gone
    leaves_at     INTEGER,
    used_at       INTEGER NOT NULL,
    PRIMARY KEY (account_id, letter_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX letter_used ON letter (used_at);
CREATE INDEX letter_submission ON letter (submission_id) WHERE submission_id IS NOT NULL;

CREATE TABLE submission (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id    INTEGER NOT NULL REFERENCES account (id),
    envelope_from TEXT    NOT NULL,         -- empty: the null reverse-path
    sent_body     INTEGER REFERENCES body (id) ON DELETE SET NULL,  -- the copy in Sent, wherever it was moved to
    created_at    INTEGER NOT NULL,
    leaves_at     INTEGER NOT NULL          -- until then it can be taken back
) STRICT;
CREATE INDEX submission_sent ON submission (sent_body) WHERE sent_body IS NOT NULL;

-- The bytes of one form of a submission, sealed under the box's queue key; wiped when the last delivery has ended.
CREATE TABLE outgoing (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    submission_id INTEGER NOT NULL REFERENCES submission (id),
    seal_id       BLOB    NOT NULL UNIQUE CHECK (length(seal_id) = 16),  -- names the key; random, so that it is known before the row
    size          INTEGER NOT NULL,         -- octets before sealing
    sealed_bytes  BLOB    NOT NULL
) STRICT;
CREATE INDEX outgoing_submission ON outgoing (submission_id);

CREATE TABLE delivery (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    submission_id INTEGER NOT NULL REFERENCES submission (id),
    outgoing_id   INTEGER REFERENCES outgoing (id),  -- NULL: ended, the bytes are gone
    recipient     TEXT    NOT NULL,
    class         TEXT    NOT NULL CHECK (class IN ('sealed', 'open')),
    state         TEXT    NOT NULL CHECK (state IN ('waiting', 'retrying', 'delivered', 'failed')),
    reason        TEXT,                     -- why it is being retried or failed
    attempts      INTEGER NOT NULL,
    next_try      INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX delivery_due ON delivery (next_try) WHERE outgoing_id IS NOT NULL;
CREATE INDEX delivery_submission ON delivery (submission_id);
CREATE INDEX delivery_outgoing ON delivery (outgoing_id) WHERE outgoing_id IS NOT NULL;

-- Letters behind links -----------------------------------------------------------------------------------------------

-- A sealed payload, whose chunks are files in `links/<id>/`.
CREATE TABLE linked_letter (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account (id),
    octets     INTEGER NOT NULL,            -- before sealing
    received   INTEGER NOT NULL,            -- chunks that are on the disk, from the first on
    created_at INTEGER NOT NULL,
    sent_at    INTEGER,                     -- NULL: its chunks are coming
    sent_body  INTEGER REFERENCES body (id) ON DELETE SET NULL,  -- the copy in Sent, wherever it was moved to
    wiped_at   INTEGER                      -- NULL: there are files
) STRICT;
CREATE INDEX linked_letter_account ON linked_letter (account_id);
CREATE INDEX linked_letter_files ON linked_letter (id) WHERE wiped_at IS NULL;
CREATE INDEX linked_letter_sent ON linked_letter (sent_body) WHERE sent_body IS NOT NULL;

CREATE TABLE link (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    letter_id       INTEGER NOT NULL REFERENCES linked_letter (id),
    recipient       TEXT    NOT NULL,
    expires_at      INTEGER NOT NULL,
    openings_left   INTEGER,                -- NULL: any number
    opened          INTEGER NOT NULL,
    first_opened_at INTEGER,
    last_opened_at  INTEGER,
    wrong_answers   INTEGER NOT NULL,
    ended           TEXT CHECK (ended IN ('expired', 'revoked', 'used_up')),
    replies_left    INTEGER NOT NULL DEFAULT 0,  -- how often who opened it can still answer
    replied         INTEGER NOT NULL DEFAULT 0,  -- how often it was
    last_replied_at INTEGER,
    person          TEXT    NOT NULL DEFAULT ''  -- the recipient in canonical form, by which letters to one person are found
) STRICT;
CREATE INDEX link_letter ON link (letter_id);
CREATE INDEX link_end ON link (expires_at) WHERE ended IS NULL;
CREATE INDEX link_person ON link (person) WHERE ended IS NULL;

-- What opens a link and what finds it; gone when it has ended, so that one that has ended is like one that never was.
CREATE TABLE link_secret (
    link_id       INTEGER PRIMARY KEY REFERENCES link (id),
    name_hash     BLOB    NOT NULL UNIQUE,  -- SHA-256 of its name
    share         BLOB    NOT NULL,         -- the box's share of its key; empty once it was opened as often as it could be
    wrapped       BLOB    NOT NULL,         -- what opens the payload, under the link's key; empty likewise
    cover         BLOB    NOT NULL,         -- sealed under the link's secret
    answer_hash   BLOB,                     -- SHA-256 of the answer's proof; NULL: nothing is asked
    opened_hash   BLOB    NOT NULL,         -- SHA-256 of the proof that somebody has opened it
    first_browser INTEGER NOT NULL CHECK (first_browser IN (0, 1)),
    browser_hash  BLOB,                     -- SHA-256 of the token of the browser that opened it first
    earlier       BLOB    NOT NULL DEFAULT x'',  -- what it tells of earlier letters, under the link's key; empty with the share
    note          BLOB    NOT NULL DEFAULT x''   -- what its sender keeps of it, under the account's key
) STRICT;

CREATE TABLE link_opening (
    opening_hash BLOB    PRIMARY KEY,       -- SHA-256 of the opening's token
    link_id      INTEGER NOT NULL REFERENCES link_secret (link_id) ON DELETE CASCADE,
    opened_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX link_opening_link ON link_opening (link_id);

-- Answers that were delivered, so that none is twice.
CREATE TABLE link_reply (
    reply_hash BLOB    PRIMARY KEY,         -- SHA-256 of the answer's token
    link_id    INTEGER NOT NULL REFERENCES link_secret (link_id) ON DELETE CASCADE,
    replied_at INTEGER NOT NULL DEFAULT 0,
    copy       BLOB    NOT NULL DEFAULT x'' -- what its author finds again of it, under the link's key
) STRICT, WITHOUT ROWID;
CREATE INDEX link_reply_link ON link_reply (link_id);
