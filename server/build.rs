//! Says where the page is that a release build embeds, and has cargo embed it again when it was built anew. Debug builds look
//! for the folder when they start.

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("PROFILE").as_deref() != Ok("release") {
        return;
    }
    let repository = Path::new("..").canonicalize().expect("the package lies in the repository");
    println!("cargo::rustc-env=OWN_MAILBOX_DIST={}", repository.join("dist").display());
    if Path::new("../dist/index.html").exists() {
        println!("cargo::rerun-if-changed=../dist");
    } else {
        println!("cargo::warning=dist/ is not there: this binary will have no page. `make release` builds both.");
        // A file that is not there makes cargo look again the next time.
        println!("cargo::rerun-if-changed=../dist/index.html");
    }
}
