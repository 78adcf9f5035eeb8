//! The targets of `shared/tests/fuzz`, for libFuzzer: it sees which inputs have the code do something new, keeps them, and changes
//! those. `.ci/fuzz` runs all of them; `corpus` holds, for each, what was worth keeping.

#[path = "../../tests/support/mod.rs"]
pub mod support;
#[path = "../../tests/fuzz/targets.rs"]
pub mod targets;

pub use libfuzzer_sys;

/// The program that feeds a target.
#[macro_export]
macro_rules! feed {
    ($target:ident) => {
        thread_local! {
            static TARGET: $crate::targets::Target = $crate::targets::$target();
        }

        $crate::libfuzzer_sys::fuzz_target!(|bytes: &[u8]| TARGET.with(|target| (target.run)(bytes)));
    };
}
