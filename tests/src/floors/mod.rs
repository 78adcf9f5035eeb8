//! Reads the sources of a package and says where they break the rules of the house (`docs/architecture.md`): imports go down
//! only, nothing goes in circles, and some rooms never see some things.
//!
//! The checker works on tokens, not on types. It sees every path that begins with `crate`, `self` or `super`, also within
//! macros, and every `use` of a child module; it follows re-exports (`pub use`). A path through a renamed module or a trait's
//! method escapes it, and that is good enough: who wants to deceive it can.

mod circles;
mod imports;
mod list;
mod words;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

pub use list::Floors;
pub use words::Rule;

use imports::Import;

/// Lines of a file, at most. A longer one is split by what its parts do.
pub const LINES: usize = 500;

/// One source file of a package.
#[derive(Debug)]
pub struct Source {
    /// Where it stands, from the repository's root, with forward slashes.
    pub path: String,
    /// What it says.
    pub text: String,
}

/// The sources of one package, by module path: `["store", "bus"]`; the crate's root is the empty path. Binaries are left out:
/// they stand above all floors and nothing can import them.
#[derive(Debug)]
pub struct Package {
    modules: BTreeMap<Vec<String>, Module>,
    floors: Floors,
}

#[derive(Debug)]
struct Module {
    path: String,
    imports: Vec<Import>,
}

impl Package {
    /// Reads a package from sources whose paths begin with `<folder>/src/`.
    ///
    /// # Errors
    /// If a source is not Rust, or the package has no `lib.rs` that lists its floors.
    pub fn read(sources: &[Source]) -> Result<Self, String> {
        let mut modules = BTreeMap::new();
        let mut floors = None;
        for source in sources {
            let Some(module) = module_of(&source.path) else { continue };
            if module.is_empty() {
                floors = Some(Floors::read(&source.text).map_err(|error| format!("{}: {error}", source.path))?);
            }
            let imports = imports::read(&source.text, &module).map_err(|error| format!("{}: {error}", source.path))?;
            modules.insert(module, Module { path: source.path.clone(), imports });
        }
        Ok(Self { modules, floors: floors.ok_or("there is no lib.rs")? })
    }

    /// Every import that does not go down, and every top module that stands on no floor.
    #[must_use]
    pub fn upward_imports(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let tops = self.modules.keys().filter_map(|module| module.first());
        let mut homeless: Vec<_> = tops.filter(|top| !self.floors.has(top)).collect();
        homeless.dedup();
        wrong.extend(homeless.into_iter().map(|top| format!("lib.rs does not say on which floor `{top}` is")));
        for (module, from, line, to) in self.resolved() {
            let (Some(own), Some(other)) = (module.first(), to.first()) else { continue };
            if let Err(why) = self.floors.may_import(own, other) {
                wrong.push(format!("{from}:{line}: {why}"));
            }
        }
        wrong
    }

    /// Every circle between modules, as `a → b → a`. A module and its own children are one room: what a parent says about its
    /// children, and a child about its parent, is no circle.
    #[must_use]
    pub fn circles(&self) -> Vec<String> {
        let edges = self.resolved().filter(|(from, _, _, to)| !to.starts_with(from) && !from.starts_with(to));
        circles::find(edges.map(|(from, _, _, to)| (from.join("::"), to.join("::"))))
    }

    /// Every import of something in this package: the module, its file, the line, and the module that the import leads to.
    fn resolved(&self) -> impl Iterator<Item = (&Vec<String>, &str, usize, Vec<String>)> {
        self.modules.iter().flat_map(move |(module, file)| {
            file.imports.iter().filter_map(move |import| {
                let to = self.resolve(&import.path, 0)?;
                Some((module, file.path.as_str(), import.line, to))
            })
        })
    }

    /// The module that a path leads to: the longest part of it that is a module, or where that module re-exports it from.
    fn resolve(&self, path: &[String], depth: usize) -> Option<Vec<String>> {
        /// Re-exports of re-exports, at most.
        const DEPTH: usize = 8;
        let length = (0..=path.len()).rev().find(|length| self.modules.contains_key(&path[..*length]))?;
        let (module, rest) = path.split_at(length);
        let file = &self.modules[module];
        if let Some(name) = rest.first()
            && depth < DEPTH
            && let Some(exported) =
                file.imports.iter().find(|import| import.public && import.name.as_ref() == Some(name))
            && !module.starts_with(&exported.path)
        {
            return self.resolve(&exported.path, depth + 1);
        }
        Some(module.to_vec())
    }
}

/// The module that a file holds; none for binaries, build scripts and tests.
fn module_of(path: &str) -> Option<Vec<String>> {
    let (_, inside) = path.split_once("/src/")?;
    let inside = inside.strip_suffix(".rs")?;
    if inside == "main" || inside.starts_with("bin/") {
        return None;
    }
    let mut module: Vec<String> = inside.split('/').map(str::to_owned).collect();
    if matches!(module.last().map(String::as_str), Some("lib" | "mod")) {
        module.pop();
    }
    Some(module)
}

/// Files with more than [`LINES`] lines.
#[must_use]
pub fn long_files(sources: &[Source]) -> Vec<String> {
    let count = |source: &Source| source.text.lines().count();
    let long = sources.iter().filter(|source| count(source) > LINES);
    long.map(|source| format!("{}: {} lines, more than {LINES}", source.path, count(source))).collect()
}

/// All files below a folder with one of these endings, by path from the root. What a build made is left out.
///
/// # Errors
/// If the folder cannot be read.
pub fn files(root: &Path, folder: &str, endings: &[&str]) -> std::io::Result<Vec<Source>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        let is_made = matches!(name.as_str(), "target" | "dist" | "artifacts" | "release" | ".git");
        if entry.file_type()?.is_dir() {
            if !is_made {
                found.extend(files(root, &path, endings)?);
            }
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            found.push(Source { text: fs::read_to_string(entry.path())?, path });
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}
