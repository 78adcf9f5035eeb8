//! The list of floors that stands in the head of a `lib.rs`:
//!
//! ```text
//! //! Floors, from the bottom: `net` → `store` → { `smtp`, `imap` } → `serve`.
//! //! `client` stands aside: it uses `shared` alone.
//! ```
//!
//! Each name stands one floor above the one before it, whether an arrow, a comma or “then” parts them. Names in braces stand
//! on one floor: they do not import each other. A room that stands aside imports nothing and is imported by the top floor only.

use std::collections::BTreeMap;

/// Which top module stands on which floor.
#[derive(Debug, PartialEq, Eq)]
pub struct Floors {
    levels: BTreeMap<String, Level>,
    top: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Floor(usize),
    Aside,
}

impl Level {
    fn height(&self) -> usize {
        match self {
            Self::Floor(height) => *height,
            Self::Aside => 0,
        }
    }
}

impl Floors {
    /// Reads the list from a `lib.rs`.
    ///
    /// # Errors
    /// If there is none, or it names a room twice.
    pub fn read(lib: &str) -> Result<Self, String> {
        let head: Vec<&str> = lib.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim).collect();
        let start = head.iter().position(|line| line.starts_with("Floors")).ok_or("no list of floors in the head")?;
        let paragraph = head[start..].iter().take_while(|line| !line.is_empty()).copied().collect::<Vec<_>>().join(" ");
        let (_, text) = paragraph.split_once(':').ok_or("the list of floors has no colon")?;

        let mut floors = Self { levels: BTreeMap::new(), top: 0 };
        let (list, notes) = text.split_once(". ").unwrap_or((text, ""));
        let mut together = false;
        for (part, text) in list.split('`').enumerate() {
            // Every second part stands between backticks: a name. Between names stand arrows, commas and braces.
            if part % 2 == 1 {
                floors.insert(text, Level::Floor(floors.top))?;
            } else {
                together = (together || text.contains('{')) && !text.contains('}');
                floors.top += usize::from(!together || text.contains('{'));
            }
        }
        floors.top = floors.levels.values().map(Level::height).max().unwrap_or_default();
        for sentence in notes.split(". ").filter(|sentence| sentence.contains("aside")) {
            let name = sentence.split('`').nth(1).ok_or("who stands aside?")?;
            floors.insert(name, Level::Aside)?;
        }
        if floors.levels.is_empty() { Err("the list of floors is empty".into()) } else { Ok(floors) }
    }

    fn insert(&mut self, name: &str, level: Level) -> Result<(), String> {
        let twice = self.levels.insert(name.to_owned(), level).is_some();
        if twice { Err(format!("`{name}` stands twice in the list of floors")) } else { Ok(()) }
    }

    /// Is this top module on the list?
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.levels.contains_key(name)
    }

    /// May one top module import another?
    ///
    /// # Errors
    /// If not; says why.
    pub fn may_import(&self, from: &str, to: &str) -> Result<(), String> {
        let (Some(own), Some(other)) = (self.levels.get(from), self.levels.get(to)) else { return Ok(()) };
        match (own, other) {
            _ if from == to => Ok(()),
            (Level::Floor(own), Level::Floor(other)) if other < own => Ok(()),
            (Level::Floor(own), Level::Floor(other)) if other == own => {
                Err(format!("`{from}` and `{to}` stand side by side and do not import each other"))
            }
            (Level::Floor(_), Level::Floor(_)) => Err(format!("`{from}` imports `{to}`, which stands above it")),
            (Level::Floor(own), Level::Aside) if *own == self.top => Ok(()),
            (Level::Floor(_), Level::Aside) => Err(format!("`{from}` imports `{to}`, which stands aside")),
            (Level::Aside, _) => Err(format!("`{from}` stands aside and imports `{to}`")),
        }
    }
}
