//! The scripts in `scripts/`, one test each.

use super::Stage;

macro_rules! scripts {
    ($($name:ident),* $(,)?) => {
        /// What they say.
        pub(super) const ALL: &[&str] = &[$(include_str!(concat!("scripts/", stringify!($name), ".txt"))),*];

        $(
            #[tokio::test]
            async fn $name() {
                let stage = Stage::new().await;
                stage.play(include_str!(concat!("scripts/", stringify!($name), ".txt"))).await;
            }
        )*
    };
}

scripts![
    append,
    condstore,
    copy,
    errors,
    expunge,
    fetch,
    idle,
    list,
    login,
    multiappend,
    names,
    notify,
    objects,
    opened,
    qresync,
    quota,
    recent,
    replace,
    revoked,
    rev2,
    search,
    select,
    sort,
    status,
    store,
    two_sessions,
    utf8,
];
