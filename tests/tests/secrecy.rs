//! Nothing that is secret stays readable on the box: markers are planted wherever people put secrets, and the data folder,
//! the write-ahead log and the most talkative log are searched for them (docs/threat-model.md).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::fs;
use std::path::Path;
use std::time::Duration;

use tests::foreign::{curl_in, curl_submit, mbsync};
use tests::home::Home;
use tests::person::{PASSPHRASE, Person, done};
use tests::program::eventually;

/// What only its owner may read; each stands for one place where people put secrets.
const MARKERS: [&str; 9] = [
    PASSPHRASE,
    "marker-subject-in",
    "marker-body-in",
    "marker-file-name",
    "bWFya2VyLWZpbGUtYnl0ZXM",
    "marker-subject-out",
    "marker-body-out",
    "marker-from-a-program",
    "marker-export",
];

fn incoming() -> Vec<u8> {
    "From: zoe@elsewhere.test\r\nTo: alice@home.test\r\nSubject: marker-subject-in\r\nMIME-Version: 1.0\r\n\
     Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nmarker-body-in\r\n--b\r\n\
     Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=marker-file-name.bin\r\n\
     Content-Transfer-Encoding: base64\r\n\r\nbWFya2VyLWZpbGUtYnl0ZXM=\r\n--b--\r\n"
        .into()
}

#[test]
fn no_secret_is_readable_in_the_data_folder_or_the_log() {
    let mut home = Home::new();
    let invitation = home.invitation().split_once('#').unwrap().1.to_owned();
    let (password, armored) = {
        let alice = Person::register(&home, "alice");
        let bob = Person::register(&home, "bob");
        assert!(curl_in(&home, "zoe@elsewhere.test", &["alice@home.test"], &incoming()).status.success());
        let send = ["send", "--to", "bob@home.test", "--subject", "marker-subject-out"];
        done(&alice.client_reading(b"marker-body-out", &send));
        // Waits in the queue for as long as the box is looked at: its host takes its time.
        let open = ["send", "--to", "slow@fail.home.test", "--subject", "marker-subject-out", "--open"];
        done(&alice.client_reading(b"marker-body-out", &open));
        let device = alice.device();
        let message = b"From: alice@home.test\r\nTo: bob@home.test\r\nSubject: x\r\n\r\nmarker-from-a-program\r\n";
        assert!(curl_submit(&home, &device, &["bob@home.test"], message).status.success());
        eventually("bob's mail", Duration::from_secs(30), || {
            (done(&bob.client(&["list"])).lines().count() == 2).then_some(())
        });
        done(&alice.client(&["read", "1"]));
        let _maildir = mbsync(&home, &device);
        (device.password, alice.exported_key("marker-export"))
    };
    let mut markers: Vec<String> = MARKERS.map(str::to_owned).into();
    markers.extend([invitation, password.clone(), password.replace('-', "")]);
    markers.extend(armored.lines().filter(|line| line.len() == 64).take(3).map(str::to_owned));
    search(&home, &markers);

    // A power cut leaves what a clean end would have tidied away.
    home.kill();
    search(&home, &markers);
    home.start();
    home.stop();
    search(&home, &markers);
}

fn search(home: &Home, markers: &[String]) {
    let mut searched = 0;
    for entry in fs::read_dir(home.data()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            searched += search_bytes(&path, &fs::read(&path).unwrap(), markers);
        }
    }
    let log = home.log();
    assert!(log.contains("zoe@elsewhere.test"), "the log is not the one that was meant");
    searched += search_bytes(Path::new("log"), log.as_bytes(), markers);
    assert!(searched > 100_000, "hardly anything was searched: {searched} bytes");
}

fn search_bytes(place: &Path, bytes: &[u8], markers: &[String]) -> usize {
    for marker in markers {
        assert!(!marker.is_empty());
        let found = bytes.windows(marker.len()).position(|window| window.eq_ignore_ascii_case(marker.as_bytes()));
        assert_eq!(found, None, "{marker:?} is readable in {}", place.display());
    }
    bytes.len()
}
