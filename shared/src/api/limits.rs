//! Every limit that both sides of HTTP must agree on, with its unit and its reason.

/// Longest local part of an address, octets (RFC 5321 §4.5.3.1.1).
pub const LOCAL_PART_BYTES: usize = 64;
/// Longest domain, octets (RFC 5321 §4.5.3.1.2).
pub const DOMAIN_BYTES: usize = 255;

/// Shortest passphrase, characters. Guessing is bounded by the box (online) and by OPAQUE with Argon2id (offline), so ten
/// characters of any kind are enough and no composition rule is imposed.
pub const PASSPHRASE_MIN_CHARS: usize = 10;
/// Longest passphrase, bytes of UTF-8: keeps a paste of a whole file out of the hash.
pub const PASSPHRASE_MAX_BYTES: usize = 1024;

/// Largest message that the box accepts from anywhere, octets as received: what Gmail and Outlook accept, and some more.
pub const MESSAGE_BYTES: usize = 50 * 1024 * 1024;
/// Largest sealed message, octets: a message after armor (4/3) and wrapping.
pub const SEALED_MESSAGE_BYTES: usize = MESSAGE_BYTES / 2 * 3;
/// Largest request body of JSON, octets.
pub const JSON_BYTES: usize = 1024 * 1024;
/// Largest submission, octets: an open and a sealed copy for others, and one for Sent.
pub const SUBMISSION_BYTES: usize = 3 * SEALED_MESSAGE_BYTES;
/// Most recipients of one message (RFC 5321 §4.5.3.1.8 asks for at least 100).
pub const RECIPIENTS: usize = 500;
/// Largest sealed summary, octets.
pub const SUMMARY_BYTES: usize = 64 * 1024;
/// Largest message that a client fetches at once only to summarise what the box could not, octets: some pages of text with a
/// small picture.
pub const SUMMARISED_BYTES: u64 = 512 * 1024;
/// Largest message that a client fetches for that when there is nothing else to do, octets: some 9 MB of files, a handful of
/// photos. Opening it takes six times as much memory. What is larger is summarised when it is read.
pub const SUMMARISED_IDLE_BYTES: u64 = 16 * 1024 * 1024;
/// Most messages in one page of a mailbox listing.
pub const LIST_PAGE: u32 = 200;
/// Most messages that one flag, move or delete request names.
pub const BATCH: usize = 1000;
/// Longest mailbox name, characters, the separators included.
pub const MAILBOX_NAME_CHARS: usize = 255;
/// Most mailboxes of one account.
pub const MAILBOXES: usize = 1000;
/// Longest display name of a person or a device, characters.
pub const DISPLAY_NAME_CHARS: usize = 100;
/// Most OpenPGP keys of one account, retired ones included.
pub const OWN_KEYS: usize = 20;
/// Most keys for mail at rest of one account: one for each key that was its own, and room.
pub const REST_KEYS: usize = 40;
/// Most device passwords of one account.
pub const DEVICES: usize = 50;
/// Largest key that is left wrapped with a device password, octets: one of 32, and what is around it.
pub const WRAPPED_KEY_BYTES: usize = 256;
/// Longest time that a submission can be held back for "undo send", seconds.
pub const UNDO_SECONDS_MAX: u32 = 30;
/// How long the box remembers the id of a letter after it was used last, seconds: whoever tries again does it within a month.
pub const LETTER_SECONDS: i64 = 30 * 24 * 3600;
/// Most addresses in one certificate look-up.
pub const LOOKUP_ADDRESSES: usize = 100;
/// Most addresses for which the owner of an account has chosen a certificate.
pub const KEPT_CERTIFICATES: usize = 1000;
/// Largest sealed book of what an account remembers of people's certificates, octets: some hundred people who are known by letters only, or a
/// few thousand whose certificates are published.
pub const PEOPLE_BYTES: usize = 512 * 1024;
/// Largest certificate that is looked at, octets: one that others have flooded with signatures may be as large before it is
/// trimmed.
pub const FLOODED_CERTIFICATE_BYTES: usize = 4 * 1024 * 1024;
/// Largest certificate that is accepted or kept, octets, what others have added left out.
pub const CERTIFICATE_BYTES: usize = 256 * 1024;

/// Octets of one chunk of a link's payload before sealing: large enough that sealing and sending cost little beside it, small
/// enough that a phone holds some at once and that little is sent twice when a connection is cut.
pub const LINK_CHUNK_BYTES: usize = 1024 * 1024;
/// Octets that sealing adds to a chunk: the tag of AES-GCM.
pub const LINK_TAG_BYTES: usize = 16;
/// Largest payload of one letter behind links, octets before sealing: what a home line uploads in a night.
pub const LINK_PAYLOAD_BYTES: u64 = 16 * 1024 * 1024 * 1024;
/// Most octets that all letters of one account behind links hold at once, before sealing.
pub const LINK_ACCOUNT_BYTES: u64 = 32 * 1024 * 1024 * 1024;
/// Most letters behind links that one account has at once, those counted that are still being sent or can be opened.
pub const LINK_LETTERS: usize = 1000;
/// Largest manifest of a payload, octets: it fits into the first chunk, and names some thousand files.
pub const LINK_MANIFEST_BYTES: usize = 512 * 1024;
/// Most files of one letter behind links.
pub const LINK_FILES: usize = 1000;
/// Largest cover of a link, octets: names and a question.
pub const LINK_COVER_BYTES: usize = 4 * 1024;
/// Longest question, characters.
pub const LINK_QUESTION_CHARS: usize = 200;
/// Longest answer, octets as typed: keeps a paste of a whole file out of the hash.
pub const LINK_ANSWER_BYTES: usize = 256;
/// Days for which a link can be opened, unless its sender chooses otherwise.
pub const LINK_DAYS: i64 = 30;
/// Most days for which a link can be opened, counted from when that is chosen.
pub const LINK_DAYS_MAX: i64 = 366;
/// Wrong answers after which a link is closed until its sender opens it again. Six digits are guessed within them once in
/// 50,000 links.
pub const LINK_WRONG_ANSWERS: u32 = 20;
/// Most answers through one link, from the page that opens it: a long conversation; who has more to say can write a letter.
pub const LINK_REPLIES: u32 = 200;
/// Most earlier letters that a later one to the same person tells of, the newest ones: a page of them.
pub const LINK_EARLIER: usize = 20;
/// Most earlier letters that one letter tells of, all its recipients together; one each may always be.
pub const LINK_EARLIER_ALL: usize = 400;
/// Largest beginning of a letter behind links, octets: [`RECIPIENTS`] of them, with what their links tell of.
pub const LINK_BEGIN_BYTES: usize = 2 * JSON_BYTES;
/// Largest list of these, sealed, octets.
pub const LINK_EARLIER_BYTES: usize = 16 * 1024;
/// Largest note that a sender keeps of a link, sealed, octets.
pub const LINK_NOTE_BYTES: usize = 2 * 1024;
/// Characters of a subject in both.
pub const LINK_SUBJECT_CHARS: usize = 100;
/// Largest copy of an answer that its author finds again, sealed, octets: some pages of text, and the names of the files.
pub const LINK_REPLY_COPY_BYTES: usize = 16 * 1024;
/// Most octets of such copies that come with a letter that was opened, the newest ones.
pub const LINK_REPLY_COPIES_BYTES: usize = 1024 * 1024;
/// Most octets of text and files in one answer. Sealed, and in base64 twice, that stays below [`MESSAGE_BYTES`].
pub const LINK_REPLY_BYTES: usize = 25_000_000;
/// Most files of one answer.
pub const LINK_REPLY_FILES: usize = 100;
/// Longest words of who reports a letter behind a link, octets: a page.
pub const LINK_REPORT_BYTES: usize = 4 * 1024;
/// Seconds for which who has opened a link can go on fetching what is behind it, and answer: a large file over a slow line, with
/// breaks.
pub const LINK_FETCH_SECONDS: i64 = 24 * 60 * 60;
