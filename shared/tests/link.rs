//! Letters behind links against vectors that an independent script made (`vectors/make_link.py`), and what must not open.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

mod support;

use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use serde_json::Value;
use sha2::{Digest, Sha256};
use shared::api::Timestamp;
use shared::api::account::{AccountId, Language};
use shared::api::limits::{LINK_CHUNK_BYTES, LINK_TAG_BYTES};
use shared::link::{
    Answer, AnswerKey, Cover, CoverError, EarlierLetter, File, Fragment, InvalidAnswer, InvalidLink, KeptReply, Link,
    LinkKey, Lock, LockKind, Manifest, PackError, Packer, Part, Payload, PayloadError, Person, SealedChunk, Share,
    UnknownStretch, Unpacker, open_cover, seal_cover,
};
use shared::vault::words::InvalidWords;
use shared::vault::{AccountKey, OpenError};
use support::given::{Given, bytes};

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors/link.json")).unwrap()
}

fn fragment(vectors: &Value) -> Fragment {
    Fragment::make(&mut Given(bytes(&vectors["fragment"])))
}

fn share(vectors: &Value) -> Share {
    Share::make(&mut Given(bytes(&vectors["share"])))
}

fn zoe() -> Person {
    Person { name: "Zoé".into(), address: "zoe@home.test".into() }
}

fn question(text: &str) -> Lock {
    Lock::new(LockKind::Question(text.into()))
}

/// The keys of the vectors' payloads, in the order in which they are made.
fn keys(vectors: &Value) -> Given {
    let payload = &vectors["payload"];
    Given(["id", "key", "prefix"].map(|name| bytes(&payload[name])).concat())
}

/// Packs contents, given part after part, in strokes of an odd length.
fn pack(manifest: &Manifest, contents: &[&[u8]], rng: &mut Given) -> (Payload, Vec<SealedChunk>) {
    let mut packer = Packer::begin(manifest, rng).unwrap();
    let mut chunks = Vec::new();
    for stroke in contents.iter().flat_map(|content| content.chunks(70_001)) {
        let mut rest = stroke;
        while !rest.is_empty() {
            let (taken, chunk) = packer.take(rest).unwrap();
            rest = &rest[taken..];
            chunks.extend(chunk);
        }
    }
    while let Some(chunk) = packer.rest().unwrap() {
        chunks.push(chunk);
    }
    (packer.payload().clone(), chunks)
}

/// Three chunks of the vectors: one file.
fn large(vectors: &Value) -> (Manifest, Vec<u8>) {
    let manifest: Manifest = serde_json::from_str(vectors["large"]["manifest"].as_str().unwrap()).unwrap();
    let content = (0..manifest.octets()).map(|i| ((29 + 7 * (i % 256)) % 256) as u8).collect();
    (manifest, content)
}

#[test]
fn a_link_is_named_and_written_as_written_down() {
    let vectors = vectors();
    let link = Link { origin: "https://home.test".into(), fragment: fragment(&vectors) };
    assert_eq!(link.to_text().expose(), vectors["link"].as_str().unwrap());
    assert_eq!(link.fragment.name().0.as_slice(), bytes(&vectors["name"]));
    let list = bip39_words();
    let places = vectors["places"].as_array().unwrap();
    let words: Vec<_> = places.iter().map(|place| list[place.as_u64().unwrap() as usize]).collect();
    assert_eq!(link.fragment.words(Language::En).expose(), &words);
}

fn bip39_words() -> &'static [&'static str; 2048] {
    bip39::Language::English.word_list()
}

#[test]
fn a_lock_is_stretched_and_proved_as_written_down() {
    let vectors = vectors();
    for answer in vectors["answers"].as_array().unwrap() {
        let of =
            |name: &str| format!("{:?}", Answer::new(answer[name].as_str().unwrap()).unwrap().normalised().expose());
        assert_eq!(of("typed"), format!("{:?}", answer["normalised"].as_str().unwrap()));
    }
    let answer = Answer::new(vectors["lock"]["answer"].as_str().unwrap()).unwrap();
    let fragment = fragment(&vectors);
    let key = question("?").answer_key(&answer, &fragment).unwrap().unwrap();
    assert!(key.proof(&fragment).equals(&bytes(&vectors["lock"]["proof"])));
    let payload = LinkKey::new(&fragment, &share(&vectors), &key).unwrap_of(&vectors, "locked").unwrap();
    assert_eq!(payload.id().as_slice(), bytes(&vectors["payload"]["id"]));

    let newer = Lock { stretch: 2, ..question("?") };
    assert_eq!(newer.answer_key(&answer, &fragment).unwrap_err(), UnknownStretch(2));
    assert_eq!(Answer::new(" …!? ").unwrap_err(), InvalidAnswer::Empty);
    assert_eq!(Answer::new(&"a".repeat(257)).unwrap_err(), InvalidAnswer::TooLong);
}

/// Unwraps what a vector wraps.
trait UnwrapOf {
    fn unwrap_of(&self, vectors: &Value, kind: &str) -> Result<Payload, CoverError>;
}

impl UnwrapOf for LinkKey {
    fn unwrap_of(&self, vectors: &Value, kind: &str) -> Result<Payload, CoverError> {
        self.unwrap(&bytes(&vectors["payload"]["wraps"][kind]))
    }
}

#[test]
fn a_cover_is_sealed_as_written_down() {
    let vectors = vectors();
    let cover = Cover { from: zoe(), lock: Some(question("Où étions-nous ?")) };
    let (fragment, sealed) = (fragment(&vectors), bytes(&vectors["cover"]["sealed"]));
    assert_eq!(seal_cover(&cover, &fragment, &mut Given(bytes(&vectors["cover"]["nonce"]))), sealed);
    assert_eq!(open_cover(&sealed, &fragment).unwrap(), cover);
    let other = Fragment::make(&mut ChaCha20Rng::seed_from_u64(1));
    assert_eq!(open_cover(&sealed, &other).unwrap_err(), CoverError::Sealed(OpenError::WrongKey));
}

#[test]
fn what_joins_letters_is_sealed_as_written_down() {
    let vectors = vectors();
    let vector = &vectors["conversation"];
    let nonce = || Given(bytes(&vector["nonce"]));
    let key = LinkKey::new(&fragment(&vectors), &share(&vectors), &AnswerKey::none());
    let before = Fragment::make(&mut Given(bytes(&vector["before"])));
    let letter = EarlierLetter::new(before, "Déjeuner", Timestamp(1_767_225_600));
    assert_eq!(key.seal_earlier(std::slice::from_ref(&letter), &mut nonce()), bytes(&vector["earlier"]));
    let kept = KeptReply::new(Timestamp(1_767_229_200), "Merci !\n", vec![("plan.png".into(), 300)]);
    assert_eq!(key.seal_reply(&kept, &mut nonce()), bytes(&vector["reply"]));
    let account = AccountId(bytes(&vector["account"]).try_into().unwrap());
    let account = AccountKey::make(account, &mut Given(bytes(&vector["account_key"])));
    let person = vector["recipient"].as_str().unwrap().parse().unwrap();
    assert_eq!(letter.note(&account, &person, &mut nonce()), bytes(&vector["note"]));
}

#[test]
fn a_letter_is_packed_and_unpacked_as_written_down() {
    let vectors = vectors();
    let vector = &vectors["payload"];
    let manifest: Manifest = serde_json::from_str(vector["manifest"].as_str().unwrap()).unwrap();
    let [text, html] = ["text", "html"].map(|name| vector[name].as_str().unwrap().as_bytes());
    let file = bytes(&vector["file"]);
    let (payload, chunks) = pack(&manifest, &[text, html, &file], &mut keys(&vectors));
    assert_eq!(payload.octets(), vector["octets"].as_u64().unwrap());
    assert_eq!(chunks, [SealedChunk { place: 0, bytes: bytes(&vector["chunk"]) }]);

    let fragment = fragment(&vectors);
    let key = LinkKey::new(&fragment, &share(&vectors), &AnswerKey::none());
    assert_eq!(key.wrap(&payload, &mut Given(bytes(&vector["wrap_nonce"]))), bytes(&vector["wraps"]["open"]));
    let payload = key.unwrap_of(&vectors, "open").unwrap();
    assert!(payload.opened_proof(&fragment).equals(&bytes(&vector["opened"])));

    let mut unpacker = Unpacker::new(payload);
    let pieces = unpacker.open(&chunks[0].bytes).unwrap();
    assert_eq!(unpacker.manifest(), Some(&manifest));
    let certificate: Vec<_> = (0..90).map(|i| ((30 + 7 * i) % 256) as u8).collect();
    assert_eq!(manifest.replies.as_ref().unwrap().certificate.0, certificate);
    let found: Vec<_> = pieces.iter().map(|piece| (piece.part, piece.bytes.as_slice(), piece.is_last)).collect();
    let expected: [(Part, &[u8], bool); 4] =
        [(Part::Text, text, true), (Part::Html, html, true), (Part::File(0), &file, true), (Part::File(1), b"", true)];
    assert_eq!(found, expected);
    assert_eq!(unpacker.next_place(), None);
    unpacker.finish().unwrap();
}

#[test]
fn a_large_letter_is_cut_into_chunks_as_written_down() {
    let vectors = vectors();
    let (manifest, content) = large(&vectors);
    let (payload, chunks) = pack(&manifest, &[&content], &mut keys(&vectors));
    let expected = vectors["large"]["chunks"].as_array().unwrap();
    assert_eq!((payload.octets(), chunks.len()), (vectors["large"]["octets"].as_u64().unwrap(), expected.len()));
    for (chunk, expected) in chunks.iter().zip(expected) {
        assert_eq!(chunk.bytes.len() as u64, expected["octets"].as_u64().unwrap());
        assert_eq!(Sha256::digest(&chunk.bytes).as_slice(), bytes(&expected["sha256"]));
    }
    let large_payload = payload.clone();
    let mut unpacker = Unpacker::new(payload);
    assert_eq!(unpacker.slices_of(Part::File(0)), []);
    let mut whole = Vec::new();
    for chunk in &chunks {
        assert_eq!(unpacker.next_place(), Some(chunk.place));
        let pieces = unpacker.open(&chunk.bytes).unwrap();
        let of_file = pieces.iter().filter(|piece| piece.part == Part::File(0));
        of_file.for_each(|piece| whole.extend_from_slice(&piece.bytes));
    }
    // The file alone, without what stands before it.
    let mut alone = Vec::new();
    for slice in unpacker.slices_of(Part::File(0)) {
        let opened = large_payload.open(slice.place, &chunks[slice.place as usize].bytes).unwrap();
        alone.extend_from_slice(&opened[slice.octets]);
    }
    assert_eq!(unpacker.slices_of(Part::Text), []);
    assert_eq!(unpacker.slices_of(Part::File(1)), []);
    unpacker.finish().unwrap();
    assert!(whole == content && alone == content);
}

#[test]
fn without_fragment_share_or_answer_nothing_opens() {
    let vectors = vectors();
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let (fragment, share) = (fragment(&vectors), share(&vectors));
    let (other_fragment, other_share) = (Fragment::make(&mut rng), Share::make(&mut rng));
    let lock = question("?");
    let key_of = |answer: &str| lock.answer_key(&Answer::new(answer).unwrap(), &fragment).unwrap().unwrap();
    let (right, wrong) = (key_of("saint malo ete 2019"), key_of("saint malo ete 2018"));
    assert!(LinkKey::new(&fragment, &share, &right).unwrap_of(&vectors, "locked").is_ok());
    for (fragment, share, answer) in [
        (&other_fragment, &share, &right),
        (&fragment, &other_share, &right),
        (&fragment, &share, &wrong),
        (&fragment, &share, &AnswerKey::none()),
    ] {
        let error = LinkKey::new(fragment, share, answer).unwrap_of(&vectors, "locked").unwrap_err();
        assert_eq!(error, CoverError::Sealed(OpenError::WrongKey));
    }
    // The same key under the name of another link: what was wrapped for one is not put in the place of another.
    assert!(!right.proof(&other_fragment).equals(right.proof(&fragment).expose()));
    let mut altered = bytes(&vectors["payload"]["wraps"]["open"]);
    *altered.last_mut().unwrap() ^= 1;
    let error = LinkKey::new(&fragment, &share, &AnswerKey::none()).unwrap(&altered).unwrap_err();
    assert_eq!(error, CoverError::Sealed(OpenError::Altered));
}

#[test]
fn chunks_that_are_swapped_cut_reordered_or_replayed_do_not_open() {
    let vectors = vectors();
    let (manifest, content) = large(&vectors);
    let (payload, chunks) = pack(&manifest, &[&content], &mut keys(&vectors));
    let mut other_keys = keys(&vectors);
    // All the same but the id; then all the same but the key.
    other_keys.0[0] ^= 1;
    let (other, others) = pack(&manifest, &[&content], &mut other_keys);
    let sealed = |place: usize| chunks[place].bytes.as_slice();

    for (first, error) in [
        (sealed(1), PayloadError::Altered(0)),                        // reordered
        (sealed(2), PayloadError::Length(0)),                         // the last one first
        (others[0].bytes.as_slice(), PayloadError::Altered(0)),       // swapped with another letter's
        (&sealed(0)[..sealed(0).len() - 1], PayloadError::Length(0)), // cut
        (b"".as_slice(), PayloadError::Length(0)),
    ] {
        let mut unpacker = Unpacker::new(payload.clone());
        assert_eq!(unpacker.open(first).unwrap_err(), error);
        assert!(unpacker.manifest().is_none());
        // It was no use, and no harm: the right one opens.
        unpacker.open(sealed(0)).unwrap();
        // Replayed.
        assert_eq!(unpacker.open(sealed(0)).unwrap_err(), PayloadError::Altered(1));
        assert_eq!(unpacker.finish().unwrap_err(), PayloadError::Truncated(1));
    }
    for place in [0, sealed(0).len() / 2, sealed(0).len() - 1] {
        let mut altered = sealed(0).to_vec();
        altered[place] ^= 1;
        assert_eq!(payload.open(0, &altered).unwrap_err(), PayloadError::Altered(0));
    }
    assert_eq!(payload.open(3, sealed(2)).unwrap_err(), PayloadError::NoSuchPlace(3));
    assert!(other.open(0, &others[0].bytes).is_ok());

    // Where one letter ends, another of the same keys goes on, with a chunk of the same length.
    let octets = 2 * LINK_CHUNK_BYTES as u64 - 1000;
    let short = Manifest { files: vec![File { octets, ..manifest.files[0].clone() }], ..manifest.clone() };
    let (short_payload, short_chunks) = pack(&short, &[&content[..octets as usize]], &mut keys(&vectors));
    assert_eq!((short_payload.octets(), short_chunks[1].bytes.len()), (2 * LINK_CHUNK_BYTES as u64, sealed(1).len()));
    assert_eq!(short_payload.open(1, sealed(1)).unwrap_err(), PayloadError::Altered(1));
    assert_eq!(payload.open(1, &short_chunks[1].bytes).unwrap_err(), PayloadError::Altered(1));
}

#[test]
fn a_file_that_grows_or_shrinks_while_it_is_packed_is_an_error() {
    let manifest = Manifest { text: 10, ..letter() };
    let begin = || Packer::begin(&manifest, &mut ChaCha20Rng::seed_from_u64(3)).unwrap();
    assert_eq!(begin().take(&[0; 11]).unwrap_err(), PackError::TooMuch);
    let mut packer = begin();
    packer.take(&[0; 9]).unwrap();
    assert_eq!(packer.rest().unwrap_err(), PackError::TooLittle);
    packer.take(&[0]).unwrap();
    assert_eq!(packer.take(&[0]).unwrap_err(), PackError::TooMuch);
    let chunk = packer.rest().unwrap().unwrap();
    assert!(chunk.bytes.len() > LINK_TAG_BYTES);
    assert_eq!(packer.rest().unwrap(), None);

    let endless = Manifest { html: u64::MAX, ..letter() };
    assert!(Packer::begin(&endless, &mut ChaCha20Rng::seed_from_u64(3)).is_err());
    let long = Manifest { subject: "x".repeat(600_000), ..letter() };
    assert!(Packer::begin(&long, &mut ChaCha20Rng::seed_from_u64(3)).is_err());
}

fn letter() -> Manifest {
    Manifest {
        from: zoe(),
        to: Vec::new(),
        subject: String::new(),
        date: shared::api::Timestamp(0),
        message_id: "1@home.test".into(),
        text: 0,
        html: 0,
        files: Vec::new(),
        replies: None,
    }
}

#[test]
fn a_letter_whose_size_tells_nothing_is_padded() {
    let octets = |subject: &str| {
        let manifest = Manifest { subject: subject.into(), ..letter() };
        Packer::begin(&manifest, &mut ChaCha20Rng::seed_from_u64(4)).unwrap().payload().octets()
    };
    assert_eq!(octets("a"), octets("ab"));
    assert!(octets("a") < octets(&"a".repeat(100)));
}

#[test]
fn links_are_read_as_gateways_and_people_leave_them() {
    let vectors = vectors();
    let link = vectors["link"].as_str().unwrap();
    let (before, secret) = link.split_once('#').unwrap();
    let encoded: String = link
        .bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect();
    for text in [
        link.to_owned(),
        format!("  <{link}>\r\n"),
        format!("{before}%23{secret}"),
        format!("{before}%2523{secret}"),
        format!("{before}%252523{secret}"),
        format!("{before}/#{secret}"),
        format!("{before}?utm_source=mail&utm_medium=x#{secret}"),
        format!("{before}#{secret}&fbclid=IwAR0"),
        format!("{before}#{secret}?si=1"),
        format!("{before}#{secret}abc"),
        format!("{before}%23{secret}%26data%3D05"),
        format!("{}\r\n{}", &link[..40], &link[40..]),
        format!("HTTPS://gateway.test/?u={link}"),
        format!("https://eur01.safelinks.protection.outlook.test/?url={encoded}&data=05%7C01&sdata=abc%3D&reserved=0"),
        format!("https://gateway.test/l/nothing?url={}", encoded.replace('%', "%25")),
        format!("Bonjour, voici la lettre : {link}."),
    ] {
        let read = Link::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(read.fragment.to_text().expose(), secret, "{text}");
        assert_eq!(read.origin, "https://home.test", "{text}");
    }
    let path = Link::parse(link.strip_prefix("https://home.test").unwrap()).unwrap();
    assert_eq!(path.origin, "");
}

#[test]
fn what_is_wrong_with_a_link_is_said_and_its_words_open_it_all_the_same() {
    let vectors = vectors();
    let link = vectors["link"].as_str().unwrap();
    let (before, secret) = link.split_once('#').unwrap();
    let name = fragment(&vectors).name();
    let other = Fragment::make(&mut ChaCha20Rng::seed_from_u64(5)).to_text();
    type Is = fn(&InvalidLink) -> bool;
    let (none, cut, altered): (Is, Is, Is) = (
        |error| matches!(error, InvalidLink::NoFragment(_)),
        |error| matches!(error, InvalidLink::Cut(_)),
        |error| matches!(error, InvalidLink::Altered(_)),
    );
    for (text, is) in [
        (before.to_owned(), none),
        (format!("{before}#"), none),
        (format!("{before}?{secret}"), none),
        (format!("{before}#{}", &secret[..21]), cut),
        (format!("{before}#{}&x={}", &secret[..21], &secret[21..]), cut),
        (format!("{before}#{}", secret.to_lowercase()), altered),
        (format!("{before}#{}", other.expose()), altered),
    ] {
        let error = Link::parse(&text).unwrap_err();
        assert!(is(&error), "{text}: {error}");
        let broken = error.broken().unwrap();
        assert_eq!((broken.origin.as_str(), broken.name), ("https://home.test", name), "{text}");
        assert!(!error.to_string().contains(secret));
    }
    for text in ["", "https://home.test/", "https://home.test/l/", "https://home.test/l/short#x", &"/l/".repeat(9000)] {
        assert_eq!(Link::parse(text).unwrap_err(), InvalidLink::NoLink, "{text}");
    }

    let words = fragment(&vectors).words(Language::Fr).expose().join(" ");
    assert_eq!(Fragment::from_words(&words.to_uppercase()).unwrap().name(), name);
    assert_eq!(Fragment::from_words("maison").unwrap_err(), InvalidWords::WordCount(1));
}
