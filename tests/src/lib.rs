//! What the stories of Own-Mailbox stand on: a real box in a process of its own, foreign mail programs, a real browser, and
//! the checker of the house's rules. The stories themselves are in `tests/`.

pub mod floors;
