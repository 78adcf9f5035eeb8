//! The rules of the house, asked of its real sources. Whether the checker itself can tell right from wrong is asked in
//! `floors_checker.rs`.

use std::path::{Path, PathBuf};

use tests::floors::{Package, Rule, Source, files, long_files};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository").to_owned()
}

fn sources(folder: &str) -> Vec<Source> {
    let found = files(&root(), folder, &[".rs"]).expect("readable sources");
    assert!(!found.is_empty(), "no sources in {folder}");
    found
}

fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// What a rule finds in the sources whose path the room says yes to.
fn broken(rule: Rule, folder: &str, room: impl Fn(&str) -> bool) -> Vec<String> {
    let inside = sources(folder).into_iter().filter(|source| room(&source.path));
    inside.flat_map(|source| rule.check(&source).expect("Rust")).collect()
}

/// Where the sources of each package are.
const PACKAGES: [&str; 4] = ["shared/src", "shared/simd-aes/src", "server/src", "client/src"];

#[test]
fn imports_go_down_only() {
    for folder in PACKAGES {
        let package = Package::read(&sources(folder)).unwrap();
        assert_none(&package.upward_imports());
    }
}

#[test]
fn modules_do_not_go_in_circles() {
    for folder in PACKAGES {
        let package = Package::read(&sources(folder)).unwrap();
        assert_none(&package.circles());
    }
}

#[test]
fn packages_depend_downwards_only() {
    for folder in ["shared", "server", "client"] {
        let manifest = std::fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        let names = manifest.lines().filter_map(|line| line.split(['.', ' ', '=']).next());
        let wrong: Vec<_> = names.filter(|name| ["own-mailbox", "client", "tests"].contains(name)).collect();
        assert!(wrong.is_empty(), "{folder} depends on {wrong:?}");
    }
}

#[test]
fn no_file_is_too_long() {
    let readable = [".rs", ".css", ".html", ".js", ".mjs", ".sql", ".toml", "Makefile"];
    let mut all = files(&root(), "", &readable).unwrap();
    all.extend(files(&root(), ".ci", &[""]).unwrap());
    assert_none(&long_files(&all));
}

#[test]
fn sql_stays_in_the_store() {
    assert_none(&broken(Rule::NoSql, "server", |path| !path.starts_with("server/src/store/")));
    assert_none(&broken(Rule::NoSql, "shared", |_| true));
}

#[test]
fn rules_states_and_the_store_never_see_a_socket() {
    let has_no_socket = |path: &str| {
        let inside = path.strip_prefix("server/src/").unwrap_or_default();
        let part = inside.split('/').nth(1).unwrap_or_default();
        match inside.split('/').next() {
            Some("store" | "core") => true,
            Some("smtp" | "imap" | "http") => part.starts_with("wire") || part.starts_with("session"),
            _ => false,
        }
    };
    assert_none(&broken(Rule::NoSocket, "server", has_no_socket));
}

#[test]
fn shared_is_functions_of_their_arguments() {
    assert_none(&broken(Rule::Pure, "shared/src", |_| true));
}
