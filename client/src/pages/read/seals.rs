//! What is known about a letter: how it travelled, whether it is really from its author, each behind a word.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::mailbox::Came;
use shared::people::{Origin, Standing};

use crate::pages::check::{CheckButton, CheckKey, KeyNews, Subject, day, is_news};
use crate::platform::time;
use crate::state::Failure;
use crate::state::reading::use_reading;
use crate::state::session::use_session;
use crate::ui::{Explain, Glyph, LockChip, LockState, say, use_words};
use crate::worker::protocol::reading::{MessageView, Sealing, SenderCheck, SignatureView, Verdict};

/// The lock, the signature, and what the sender's domain says.
#[component]
pub(super) fn Seals(message: Arc<MessageView>) -> impl IntoView {
    let checking = RwSignal::new(None);
    let author = message.from.first().cloned().unwrap_or_default();
    let news = message.standing.clone().filter(|standing| is_news(standing, time::now()));
    let signature = match best(&message.signatures) {
        Some(signature) => {
            view! { <Signature signature=signature.clone() message=message.clone() checking /> }.into_any()
        }
        // An unsigned letter is the ordinary case; it is only worth a word where one would expect a signature.
        // What came through a link never is, and its lock says so.
        None if message.sealing == Sealing::EndToEnd && message.came != Some(Came::Link) => {
            view! { <Unsigned /> }.into_any()
        }
        None => ().into_any(),
    };
    view! {
        <div class="seals no-print">
            {message.is_posing.then(|| view! { <Posing /> })}
            <LockChip state=LockState::of(message.sealing, message.came) />
            {signature}
            <Domain message />
        </div>
        {news
            .map(|standing| {
                view! {
                    <div class="notes no-print">
                        <KeyNews person=author standing checking />
                    </div>
                }
            })}
        <CheckKey checking />
    }
}

/// The signature that says most: a good one before all others, a broken one before unknown ones.
fn best(signatures: &[SignatureView]) -> Option<&SignatureView> {
    let rank = |signature: &&SignatureView| match signature.verdict {
        Verdict::Good => 0,
        Verdict::Broken => 1,
        Verdict::Revoked => 2,
        Verdict::ForOthers => 3,
        Verdict::OtherAddress => 4,
        Verdict::BadCertificate => 5,
        Verdict::UnknownSigner => 6,
    };
    signatures.iter().min_by_key(rank)
}

#[component]
fn Signature(
    signature: SignatureView,
    message: Arc<MessageView>,
    /// Whose key is to be checked.
    checking: RwSignal<Option<Subject>>,
) -> impl IntoView {
    let words = use_words();
    let (text, trust) = (&words.read, &words.trust);
    let author = message.from.first().cloned().unwrap_or_default();
    let name = say::person(words, &author);
    let standing = message.standing.clone().filter(|_| signature.verdict == Verdict::Good);
    let subject = standing.as_ref().and_then(|standing| match &standing.other {
        _ if standing.fingerprint == signature.signer => Subject::of(words, &author, standing),
        Some(other) if other.fingerprint == signature.signer => Subject::other_of(words, &author, standing),
        _ => None,
    });
    let known = subject.as_ref().map(|subject| subject.known.clone());
    let (class, glyph, label, what) = match signature.verdict {
        Verdict::Good if is_by_another(&signature, standing.as_ref()) => {
            let since = standing.as_ref().map(|standing| day(words, standing.since)).unwrap_or_default();
            let what = (trust.signed_other_what)(&name, &since);
            ("warn", Glyph::Warning, trust.signed_other.to_owned(), what)
        }
        Verdict::Good if is_unproven(&signature, standing.as_ref()) => {
            let what = match origin_of(&signature, standing.as_ref()) {
                Some(Origin::KeyServer) => trust.signed_server_what,
                _ => trust.signed_unchecked_what,
            };
            ("", Glyph::Seal, trust.signed_unchecked.to_owned(), what(&name))
        }
        Verdict::Good => ("seal", Glyph::Seal, (text.really)(&author.address), (text.really_what)(&author.address)),
        Verdict::OtherAddress => (
            "warn",
            Glyph::Warning,
            text.other_address.to_owned(),
            (text.other_address_what)(&say::and(words, &signature.addresses)),
        ),
        Verdict::UnknownSigner => {
            ("", Glyph::Seal, text.unknown_signer.to_owned(), text.unknown_signer_what.to_owned())
        }
        Verdict::BadCertificate => {
            ("warn", Glyph::Seal, text.bad_certificate.to_owned(), text.bad_certificate_what.to_owned())
        }
        Verdict::Revoked => ("bad", Glyph::Warning, text.revoked.to_owned(), text.revoked_what.to_owned()),
        Verdict::ForOthers => ("warn", Glyph::Seal, text.for_others.to_owned(), text.for_others_what.to_owned()),
        Verdict::Broken => ("bad", Glyph::Warning, text.broken.to_owned(), text.broken_what.to_owned()),
    };
    let is_unknown = signature.verdict == Verdict::UnknownSigner;
    let domain = author.address.rsplit_once('@').map(|(_, domain)| domain.to_owned()).filter(|_| is_unknown);
    let mark = (!signature.signer.is_empty()).then(|| (text.mark)(&grouped(&signature.signer)));
    let title = label.clone();
    view! {
        <Explain class glyph label>
            <strong>{title.clone()}</strong>
            <span>{what.clone()}</span>
            {known.clone().map(|known| view! { <span>{known}</span> })}
            {mark.clone().map(|mark| view! { <small>{mark}</small> })}
            {subject.clone().map(|subject| view! { <CheckButton subject checking /> })}
            {domain.clone().map(|domain| view! { <LookUp domain /> })}
        </Explain>
    }
}

/// Whether a good signature is by another certificate than the one that is known. Letters from before that was known may be: what the
/// box or a directory still names is of its owner's past.
fn is_by_another(signature: &SignatureView, standing: Option<&Standing>) -> bool {
    let is_later = |known: &Standing| signature.made_at.is_none_or(|made_at| made_at >= known.since);
    standing.is_some_and(|known| known.fingerprint != signature.signer && (!signature.is_published || is_later(known)))
}

/// By what way the key of a signature became known, where that is remembered.
fn origin_of(signature: &SignatureView, standing: Option<&Standing>) -> Option<Origin> {
    let standing = standing?;
    let other = standing.other.as_ref().map(|other| (&other.fingerprint, other.origin));
    let mut known = [Some((&standing.fingerprint, standing.origin)), other].into_iter().flatten();
    known.find(|(fingerprint, _)| **fingerprint == signature.signer).map(|(_, origin)| origin)
}

/// Whether the key of a good signature came in letters only, or from a key server, and nobody has checked it: whoever writes in somebody's
/// name can send one along.
fn is_unproven(signature: &SignatureView, standing: Option<&Standing>) -> bool {
    !signature.is_published && standing.is_none_or(|known| !known.check.is_same())
}

/// How far the look-up of a signer is.
#[derive(Clone, PartialEq)]
enum LookUpState {
    /// Nobody was asked.
    Not,
    /// The box asks.
    Asking,
    /// It says nothing that tells who has signed.
    Nothing,
    /// It could not be asked.
    Failed(Failure),
}

/// Asks who has signed: only when one wants it, because the sender's domain hears of it.
#[component]
fn LookUp(domain: String) -> impl IntoView {
    let words = use_words();
    let text = &words.read;
    let reading = use_reading();
    let state = RwSignal::new(LookUpState::Not);
    let look_up = move |_| {
        if state.get_untracked() == LookUpState::Asking {
            return;
        }
        state.set(LookUpState::Asking);
        spawn_local(async move {
            let now = match reading.check_signer().await {
                // What is known now is shown in the place of this.
                Ok(true) => return,
                Ok(false) => LookUpState::Nothing,
                Err(failure) => LookUpState::Failed(failure),
            };
            // The letter may have been closed meanwhile.
            state.try_set(now);
        });
    };
    let server = use_session().account().get_untracked().and_then(|account| account.key_server);
    let told = match server.filter(|server| server.is_agreed) {
        Some(server) => format!("{} {}", (text.look_up_what)(&domain), (words.trust.look_up_server)(&server.host)),
        None => (text.look_up_what)(&domain),
    };
    let said = move || match state.get() {
        LookUpState::Not => told.clone(),
        LookUpState::Asking => text.look_up_asking.to_owned(),
        LookUpState::Nothing => (text.look_up_nothing)(&domain),
        LookUpState::Failed(failure) => say::failure(words, &failure),
    };
    view! {
        <span role="status">{said}</span>
        <button
            type="button"
            class="button"
            aria-disabled=move || (state.get() == LookUpState::Asking).to_string()
            on:click=look_up
        >
            {text.look_up}
        </button>
    }
}

/// The letter says that it is from the own box, and came from outside.
#[component]
fn Posing() -> impl IntoView {
    let text = &use_words().read;
    view! {
        <Explain class="bad" glyph=Glyph::Warning label=text.posing.to_owned()>
            <strong>{text.posing}</strong>
            <span>{text.posing_what}</span>
        </Explain>
    }
}

#[component]
fn Unsigned() -> impl IntoView {
    let text = &use_words().read;
    view! {
        <Explain class="" glyph=Glyph::Seal label=text.unsigned.to_owned()>
            <strong>{text.unsigned}</strong>
            <span>{text.unsigned_what}</span>
        </Explain>
    }
}

/// What the domain of the author says: only a failure is shown before anybody asks, next to a good signature nothing is.
#[component]
fn Domain(message: Arc<MessageView>) -> impl IntoView {
    let text = &use_words().read;
    let is_signed = message.signatures.iter().any(|signature| signature.verdict == Verdict::Good);
    let domain =
        message.from.first().and_then(|author| author.address.rsplit_once('@')).map(|(_, domain)| domain.to_owned());
    let domain = domain.unwrap_or_default();
    let (class, glyph, label, what) = match message.sender {
        SenderCheck::Failed => {
            ("bad", Glyph::Warning, text.domain_failed.to_owned(), (text.domain_failed_what)(&domain))
        }
        SenderCheck::Passed if !is_signed => {
            ("", Glyph::Check, (text.domain_passed)(&domain), (text.domain_passed_what)(&domain))
        }
        SenderCheck::Passed | SenderCheck::Unknown => return ().into_any(),
    };
    view! {
        <Explain class glyph label=label.clone()>
            <strong>{label.clone()}</strong>
            <span>{what.clone()}</span>
        </Explain>
    }
    .into_any()
}

/// A long mark in groups that can be read to somebody on the telephone.
pub(super) fn grouped(mark: &str) -> String {
    let digits: Vec<char> = mark.chars().collect();
    digits.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use shared::api::Timestamp;
    use shared::people::Check;

    use super::*;

    fn signature(verdict: Verdict) -> SignatureView {
        let (signer, addresses) = (String::new(), Vec::new());
        SignatureView { verdict, signer, addresses, made_at: None, is_published: true }
    }

    #[test]
    fn a_good_signature_counts_most_and_a_broken_one_is_not_hidden() {
        let all = [signature(Verdict::UnknownSigner), signature(Verdict::Broken)];
        assert_eq!(best(&all).map(|best| best.verdict), Some(Verdict::Broken));
        let all = [signature(Verdict::BadCertificate), signature(Verdict::Revoked), signature(Verdict::OtherAddress)];
        assert_eq!(best(&all).map(|best| best.verdict), Some(Verdict::Revoked));
        let all = [signature(Verdict::Broken), signature(Verdict::Good)];
        assert_eq!(best(&all).map(|best| best.verdict), Some(Verdict::Good));
        assert_eq!(best(&[]), None);
    }

    #[test]
    fn a_key_that_only_letters_brought_is_no_proof_and_another_than_the_known_one_is_told() {
        let by = |signer: &str, made_at: i64, is_published: bool| SignatureView {
            signer: signer.to_owned(),
            made_at: Some(Timestamp(made_at)),
            is_published,
            ..signature(Verdict::Good)
        };
        let known = |check| Standing {
            fingerprint: "A".to_owned(),
            since: Timestamp(100),
            origin: Origin::Autocrypt,
            check,
            new_since: None,
            other: None,
        };
        let (unchecked, checked) = (known(Check::No), known(Check::Same(Timestamp(100))));
        for (signature, standing, another, letters) in [
            (by("A", 200, true), Some(&unchecked), false, false),
            (by("A", 200, false), Some(&unchecked), false, true),
            (by("A", 200, false), Some(&checked), false, false),
            (by("B", 200, true), Some(&checked), true, false),
            // A key of the past, which its owner still publishes.
            (by("B", 50, true), Some(&unchecked), false, false),
            // Whoever brings a key along can also date a letter back.
            (by("B", 50, false), Some(&unchecked), true, true),
            (by("B", 200, true), None, false, false),
            (by("B", 200, false), None, false, true),
        ] {
            assert_eq!(is_by_another(&signature, standing), another, "{signature:?}");
            assert_eq!(is_unproven(&signature, standing), letters, "{signature:?}");
        }
    }

    #[test]
    fn marks_are_grouped() {
        assert_eq!(grouped("0123456789ABCDEF01"), "0123 4567 89AB CDEF 01");
        assert_eq!(grouped(""), "");
    }
}
