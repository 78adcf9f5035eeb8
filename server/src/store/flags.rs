//! Flags as one column of bits; keywords that are not among them stand beside it as text.

use shared::api::mailbox::Flags;

/// A set of the flags that have a bit (RFC 9051 §2.3.2 and the keywords that every client uses).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FlagBits(pub i64);

impl FlagBits {
    /// `\Seen`; the schema's index of unread messages counts on this bit.
    pub const SEEN: Self = Self(1);
    /// `\Answered`.
    pub const ANSWERED: Self = Self(2);
    /// `\Flagged`.
    pub const FLAGGED: Self = Self(4);
    /// `\Deleted`.
    pub const DELETED: Self = Self(8);
    /// `\Draft`.
    pub const DRAFT: Self = Self(16);
    /// `$Forwarded`.
    pub const FORWARDED: Self = Self(32);
    /// `$MDNSent`.
    pub const MDN_SENT: Self = Self(64);
    /// `$Junk`.
    pub const JUNK: Self = Self(128);
    /// `$NotJunk`.
    pub const NOT_JUNK: Self = Self(256);

    /// `\Recent`: an IMAP session is the first that was told of the message (RFC 3501 §2.3.2). Never stored, because it is the
    /// session's; no client can set it, so it has no place among [`FlagBits::NAMES`].
    pub const RECENT: Self = Self(512);

    /// Each bit with its name on the wire.
    pub const NAMES: [(Self, &'static str); 9] = [
        (Self::SEEN, "\\Seen"),
        (Self::ANSWERED, "\\Answered"),
        (Self::FLAGGED, "\\Flagged"),
        (Self::DELETED, "\\Deleted"),
        (Self::DRAFT, "\\Draft"),
        (Self::FORWARDED, "$Forwarded"),
        (Self::MDN_SENT, "$MDNSent"),
        (Self::JUNK, "$Junk"),
        (Self::NOT_JUNK, "$NotJunk"),
    ];

    /// The bit of a flag's name, in any case of letters.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| known.eq_ignore_ascii_case(name)).map(|(bit, _)| *bit)
    }

    /// The names of all bits that are set.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |(bit, _)| self.has(*bit)).map(|(_, name)| name)
    }

    /// Whether all bits of `other` are set.
    #[must_use]
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// With the bits of `other` set too.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Without the bits of `other`.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl From<Flags> for FlagBits {
    fn from(flags: Flags) -> Self {
        let pairs = [
            (flags.seen, Self::SEEN),
            (flags.answered, Self::ANSWERED),
            (flags.flagged, Self::FLAGGED),
            (flags.draft, Self::DRAFT),
            (flags.forwarded, Self::FORWARDED),
        ];
        pairs.into_iter().filter(|(set, _)| *set).fold(Self::default(), |bits, (_, bit)| bits.with(bit))
    }
}

impl From<FlagBits> for Flags {
    fn from(bits: FlagBits) -> Self {
        Self {
            seen: bits.has(FlagBits::SEEN),
            answered: bits.has(FlagBits::ANSWERED),
            flagged: bits.has(FlagBits::FLAGGED),
            draft: bits.has(FlagBits::DRAFT),
            forwarded: bits.has(FlagBits::FORWARDED),
        }
    }
}

/// Other keywords, in the one form in which they are stored: sorted, each once, one space between.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Keywords(String);

impl Keywords {
    /// Brings keywords into their stored form. Those that have a bit are for [`FlagBits`] and left out here; of those that
    /// differ only in the case of letters, the first stays (RFC 9051 §2.3.2).
    pub fn from_names<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let mut kept: Vec<&str> = Vec::new();
        for name in names.into_iter().flat_map(str::split_whitespace) {
            if FlagBits::named(name).is_none() && !kept.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                kept.push(name);
            }
        }
        kept.sort_unstable();
        Self(kept.join(" "))
    }

    /// As stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// One by one.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.split_whitespace()
    }

    /// With those of `other` too.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        Self::from_names(self.names().chain(other.names()))
    }

    /// Without those of `other`; keywords know no case (RFC 9051 §2.3.2).
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        Self::from_names(self.names().filter(|name| !other.names().any(|gone| gone.eq_ignore_ascii_case(name))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_bits_lead_to_each_other() {
        for (bit, name) in FlagBits::NAMES {
            assert_eq!(FlagBits::named(&name.to_uppercase()), Some(bit));
            assert_eq!(bit.names().collect::<Vec<_>>(), [name]);
        }
        assert_eq!(FlagBits::named("\\Recent"), None);
    }

    #[test]
    fn the_page_sees_the_same_flags() {
        let flags = Flags { seen: true, flagged: true, ..Flags::default() };
        assert_eq!(Flags::from(FlagBits::from(flags)), flags);
    }

    #[test]
    fn keywords_have_one_form() {
        let words = Keywords::from_names(["work", "Later", "WORK", "\\Seen"]);
        assert_eq!(words.as_str(), "Later work");
        assert_eq!(words.without(&Keywords::from_names(["WORK"])).as_str(), "Later");
        assert_eq!(words.with(&Keywords::from_names(["a"])).as_str(), "Later a work");
    }
}
