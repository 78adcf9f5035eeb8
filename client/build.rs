//! Tells the linker to leave in the page's program where it names what, so that the program can be cut into pieces afterwards.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("wasm32") {
        println!("cargo::rustc-link-arg-bin=app=--emit-relocs");
    }
}
