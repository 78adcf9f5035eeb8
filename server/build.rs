//! Says where the page is, and tells cargo that a release build embeds it: built anew, it must be embedded anew. Debug builds
//! read the folder.

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Without `..` in it: a folder that comes into being only after the box was compiled is found by this name alone.
    let repository = Path::new("..").canonicalize().expect("the package lies in the repository");
    println!("cargo::rustc-env=OWN_MAILBOX_DIST={}", repository.join("dist").display());
    if std::env::var("PROFILE").as_deref() != Ok("release") {
        return;
    }
    if Path::new("../dist/index.html").exists() {
        println!("cargo::rerun-if-changed=../dist");
    } else {
        println!("cargo::warning=dist/ is not there: this binary will have no page. `make release` builds both.");
        // A file that is not there makes cargo look again the next time.
        println!("cargo::rerun-if-changed=../dist/index.html");
    }
}
