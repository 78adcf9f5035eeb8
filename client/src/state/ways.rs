//! How a letter travels to each of its recipients, and the one lock that says so. Pure.

use shared::people::Standing;

use crate::worker::protocol::reading::{CertificateFlaw, Judgement, KeyDoubt};

/// How a letter would travel to one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// Being found out.
    Asking,
    /// What was typed is no address.
    NotAnAddress,
    /// Sealed to a certificate of which this is known.
    Sealed(Standing),
    /// Not before the person has decided whose key it is.
    Ask(KeyDoubt, Standing),
    /// Open like a postcard.
    Open(WhyOpen),
    /// Behind a link.
    Link,
    /// Not known yet: the box, or who answers for the address, could not be asked. It is asked again when the network is back, and
    /// before a letter leaves.
    Unknown,
}

/// Why a letter cannot be sealed for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhyOpen {
    /// No certificate is known.
    NoCertificate,
    /// There is one, but it cannot be used.
    Unusable(CertificateFlaw),
}

/// The lock of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// There is no recipient yet.
    Nobody,
    /// Something among the recipients is no address.
    Wrong,
    /// Still being found out for somebody.
    Asking,
    /// It could not be found out for somebody.
    Unknown,
    /// The person has to decide about somebody's key.
    Held,
    /// Sealed to everybody.
    Sealed,
    /// Open to some, sealed to others.
    Mixed,
    /// Behind a link for some, sealed to the others, if there are any.
    Link,
    /// Open to everybody.
    Open,
}

/// How a letter would travel to somebody about whom that is known; `None`: it is being found out.
pub(super) fn way(judgement: Option<Judgement>) -> Way {
    match judgement {
        None => Way::Asking,
        Some(Judgement::Usable { standing, .. }) => Way::Sealed(standing),
        Some(Judgement::Ask { doubt, standing, .. }) => Way::Ask(doubt, standing),
        Some(Judgement::Unusable(flaw)) => Way::Open(WhyOpen::Unusable(flaw)),
        Some(Judgement::None) => Way::Open(WhyOpen::NoCertificate),
        Some(Judgement::Unreachable) => Way::Unknown,
    }
}

/// The lock of a letter that travels in these ways.
pub(super) fn lock(ways: &[(String, Way)]) -> Lock {
    let is_open = |(_, way): &&(String, Way)| matches!(way, Way::Open(_));
    let is_sealed = |(_, way): &&(String, Way)| matches!(way, Way::Sealed(_));
    let (open, sealed) = (ways.iter().filter(is_open).count(), ways.iter().filter(is_sealed).count());
    let some = |wanted: Way| ways.iter().any(|(_, way)| *way == wanted);
    match (open, sealed) {
        _ if some(Way::NotAnAddress) => Lock::Wrong,
        _ if some(Way::Asking) => Lock::Asking,
        _ if ways.iter().any(|(_, way)| matches!(way, Way::Ask(..))) => Lock::Held,
        _ if some(Way::Unknown) => Lock::Unknown,
        (0, _) if some(Way::Link) => Lock::Link,
        (0, 0) => Lock::Nobody,
        (0, _) => Lock::Sealed,
        (_, 0) => Lock::Open,
        _ => Lock::Mixed,
    }
}

/// Whether a letter that travels in these ways can leave; to [`Way::Unknown`] it does where `unknown_open` says so.
pub(super) fn is_ready(ways: &[(String, Way)], unknown_open: bool) -> bool {
    let is_known = |(_, way): &(String, Way)| match way {
        Way::Sealed(_) | Way::Open(_) | Way::Link => true,
        Way::Unknown => unknown_open,
        Way::Asking | Way::NotAnAddress | Way::Ask(..) => false,
    };
    !ways.is_empty() && ways.iter().all(is_known)
}

#[cfg(test)]
mod tests {
    use shared::api::Timestamp;
    use shared::people::{Check, Origin};

    use super::*;

    fn standing() -> Standing {
        let (origin, check) = (Origin::Here, Check::No);
        Standing { fingerprint: "A".to_owned(), since: Timestamp(0), origin, check, new_since: None, other: None }
    }

    fn ways(ways: &[Way]) -> Vec<(String, Way)> {
        ways.iter().map(|way| ("a@x.test".to_owned(), way.clone())).collect()
    }

    #[test]
    fn the_lock_says_the_weakest_that_is_known() {
        let sealed = Way::Sealed(standing());
        let held = Way::Ask(KeyDoubt::OtherKey, standing());
        let open = Way::Open(WhyOpen::NoCertificate);
        for (of, expected, ready) in [
            (vec![], Lock::Nobody, false),
            (vec![Way::NotAnAddress], Lock::Wrong, false),
            (vec![sealed.clone()], Lock::Sealed, true),
            (vec![open.clone()], Lock::Open, true),
            (vec![sealed.clone(), open], Lock::Mixed, true),
            (vec![sealed.clone(), held.clone()], Lock::Held, false),
            (vec![held, Way::Link, Way::Unknown], Lock::Held, false),
            (vec![Way::Link], Lock::Link, true),
            (vec![sealed.clone(), Way::Link], Lock::Link, true),
            (vec![Way::Link, Way::Asking], Lock::Asking, false),
            (vec![sealed.clone(), Way::Asking], Lock::Asking, false),
            (vec![sealed.clone(), Way::NotAnAddress], Lock::Wrong, false),
            (vec![sealed, Way::Unknown], Lock::Unknown, false),
        ] {
            assert_eq!((lock(&ways(&of)), is_ready(&ways(&of), false)), (expected, ready), "{of:?}");
        }
    }

    #[test]
    fn what_could_not_be_found_out_is_not_open_and_leaves_only_when_the_person_says_so() {
        let unknown = way(Some(Judgement::Unreachable));
        assert_eq!(unknown, Way::Unknown);
        assert_eq!(way(None), Way::Asking);
        assert!(!is_ready(&ways(std::slice::from_ref(&unknown)), false));
        assert!(is_ready(&ways(std::slice::from_ref(&unknown)), true));
        assert!(!is_ready(&ways(&[unknown, Way::NotAnAddress]), true));
    }
}
