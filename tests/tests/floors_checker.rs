//! Can the checker of `floors.rs` fail? Small made-up houses, right and wrong.

use tests::floors::{Floors, LINES, Package, Rule, Source, long_files};

const HEAD: &str = "//! The box.\n//!\n//! Floors, from the bottom; an import goes down only:\n\
                    //! `store` → `core` → { `smtp`, `imap` } → `serve`.\n//! `client` stands aside: it uses `shared` alone.\n";

fn house(files: &[(&str, &str)]) -> Package {
    let mut sources = vec![Source { path: "server/src/lib.rs".into(), text: HEAD.into() }];
    for (path, text) in files {
        sources.push(Source { path: format!("server/src/{path}"), text: (*text).to_owned() });
    }
    Package::read(&sources).expect("a house")
}

fn upward(files: &[(&str, &str)]) -> Vec<String> {
    house(files).upward_imports()
}

#[test]
fn going_down_is_allowed() {
    let wrong = upward(&[
        ("store/mod.rs", "pub struct Store;"),
        ("core/mod.rs", "use crate::store::Store; use std::fmt;"),
        ("smtp/mod.rs", "use crate::{core, store};"),
        ("serve.rs", "use crate::{client::run, imap, smtp::{self, session}}; fn f() { crate::core::x() }"),
        ("imap.rs", "use super::core::deliver; use super::imap::wire;"),
        ("client.rs", "use shared::api;"),
        ("main.rs", "use own_mailbox::serve;"),
    ]);
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_way_of_going_up_is_seen() {
    for import in [
        "use crate::core::deliver;",
        "use crate::{core::deliver};",
        "use crate::{store::x, core};",
        "use super::super::core::deliver as bring;",
        "pub(crate) use crate::core::*;",
        "fn f() { crate::core::deliver() }",
        "fn f(x: &crate::core::Mail) {}",
        "fn f() { vec![crate::core::deliver()] }",
        "mod tests { use super::super::super::core::deliver; }",
    ] {
        let wrong = upward(&[("store/bus.rs", &format!("\n{import}")), ("core/mod.rs", "")]);
        assert_eq!(wrong, ["server/src/store/bus.rs:2: `store` imports `core`, which stands above it"], "{import}");
    }
}

#[test]
fn what_only_looks_like_an_import_is_none() {
    for text in [
        "// use crate::core::deliver;",
        "/// See crate::core::deliver.\nfn f() {}",
        "const TEXT: &str = \"use crate::core::deliver;\";",
        "pub(crate) fn core() {}",
        "use tokio::core::{self, serve};",
        "fn f() { let core = 1; x::core::y() }",
    ] {
        assert_eq!(upward(&[("store/mod.rs", text), ("core/mod.rs", "")]), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn neighbours_and_those_aside_are_left_alone() {
    let wrong = upward(&[
        ("smtp/mod.rs", "use crate::imap::wire;"),
        ("imap/mod.rs", ""),
        ("core/mod.rs", "use crate::client::run;"),
        ("client.rs", "use crate::store::open;"),
        ("store/mod.rs", ""),
    ]);
    assert_eq!(
        wrong,
        [
            "server/src/client.rs:1: `client` stands aside and imports `store`",
            "server/src/core/mod.rs:1: `core` imports `client`, which stands aside",
            "server/src/smtp/mod.rs:1: `smtp` and `imap` stand side by side and do not import each other",
        ]
    );
}

#[test]
fn a_room_without_a_floor_is_named() {
    assert_eq!(upward(&[("cellar.rs", "")]), ["lib.rs does not say on which floor `cellar` is"]);
}

#[test]
fn circles_are_found_also_through_a_re_export() {
    let direct = house(&[
        ("store/mod.rs", ""),
        ("store/a.rs", "use super::b::B;"),
        ("store/b.rs", "use crate::store::c::C;"),
        ("store/c.rs", "use super::a::A;"),
    ]);
    assert_eq!(direct.circles(), ["store::a → store::b → store::c → store::a"]);

    let hidden = house(&[
        ("store/mod.rs", "mod a; mod b; pub use a::A; pub use self::b::B;"),
        ("store/a.rs", "use super::B;"),
        ("store/b.rs", "use crate::store::A;"),
    ]);
    assert_eq!(hidden.circles(), ["store::a → store::b → store::a"]);
}

#[test]
fn a_parent_and_its_children_are_no_circle() {
    let family = house(&[
        ("store/mod.rs", "mod pool; pub use pool::Pool; pub struct Error;"),
        ("store/pool.rs", "use super::Error; #[cfg(test)] mod tests { use super::*; }"),
        ("store/bus.rs", "use super::{Error, Pool};"),
    ]);
    assert_eq!(family.circles(), Vec::<String>::new());
}

#[test]
fn the_list_of_floors_is_read_in_every_spelling() {
    let read =
        |list: &str| Floors::read(&format!("//! Head.\n//!\n//! Floors, from the bottom: {list}\n//!\n//! `x`.\n"));
    let shared = read("[`api`], then { `vault`, `mime` }, `pgp`. Imports only go down.").unwrap();
    assert_eq!(shared, read("`api` → { `vault`, `mime` } →\n//! `pgp`").unwrap());
    assert!(read("`api`, `vault`, then `mime`").unwrap().may_import("mime", "vault").is_ok());
    assert!(shared.may_import("pgp", "api").is_ok());
    assert!(shared.may_import("mime", "vault").is_err());
    assert!(shared.may_import("vault", "mime").is_err());
    assert!(shared.may_import("mime", "pgp").is_err());
    assert!(read("`api` → `api`").is_err());
    assert!(Floors::read("//! Nothing.\n").is_err());
}

#[test]
fn each_rule_finds_what_it_forbids() {
    let check = |rule: Rule, text: &str| rule.check(&Source { path: "x.rs".into(), text: text.into() }).unwrap();
    for (rule, text, word) in [
        (Rule::NoSocket, "use tokio::net::TcpStream;", "tokio::net"),
        (Rule::NoSocket, "use tokio::{sync::mpsc, io::AsyncReadExt};", "tokio::io"),
        (Rule::NoSocket, "fn f(x: TcpStream) {}", "TcpStream"),
        (Rule::NoSocket, "fn f(x: impl AsyncRead) {}", "AsyncRead"),
        (Rule::NoSql, "use rusqlite::params;", "rusqlite"),
        (Rule::NoSql, "f(\"SELECT x\n  FROM y\")", "SQL"),
        (Rule::NoSql, "f(r#\"insert!\"#, c\"PRAGMA user_version\")", "SQL"),
        (Rule::NoSql, "f(b\"UPDATE a SET b = 1\")", "SQL"),
        (Rule::Pure, "use std::{fmt, time::SystemTime};", "std::time::SystemTime"),
        (Rule::Pure, "use std::net::IpAddr;", "std::net"),
        (Rule::Pure, "async fn f() {}", "async"),
        (Rule::Pure, "fn f() { rand::rngs::OsRng }", "OsRng"),
    ] {
        assert_eq!(check(rule, text).first(), Some(&format!("x.rs:1: {word}")), "{text}");
    }
    for (rule, text) in [
        (Rule::NoSocket, "use std::net::SocketAddr; use tokio::sync::mpsc;"),
        (Rule::NoSql, "f(\"a1 SELECT INBOX\", \"SELECT a mailbox first\")"),
        (Rule::NoSql, "/// SELECT x FROM y\nfn f() {}"),
        (Rule::Pure, "use std::{fmt, time::Duration};"),
        (Rule::Pure, "#[cfg(test)]\nmod tests { use rand::rngs::OsRng; }\nfn f() {}"),
    ] {
        assert_eq!(check(rule, text), Vec::<String>::new(), "{text}");
    }
    // What follows a test module ships again.
    assert_eq!(check(Rule::Pure, "#[cfg(test)]\nmod tests {}\nuse tokio::x;"), ["x.rs:3: tokio"]);
}

#[test]
fn a_long_file_is_found() {
    let of = |lines: usize| vec![Source { path: "x.rs".into(), text: "\n".repeat(lines) }];
    assert!(long_files(&of(LINES)).is_empty());
    assert_eq!(long_files(&of(LINES + 1)), ["x.rs: 501 lines, more than 500"]);
}
