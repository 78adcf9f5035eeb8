//! Programs in processes of their own: the one that is tested, and foreign ones. Everything is stopped by its own id.

use std::env;
use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{OnceLock, mpsc};
use std::time::{Duration, Instant};

use crate::repository;

/// The program `own-mailbox`, built from the sources as they are now; `OWN_MAILBOX_BIN` names another one, for example a
/// release. Cargo cannot name the binary of another package to a test, so it is asked once per process.
///
/// # Panics
/// If it does not build.
#[must_use]
pub fn own_mailbox() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| env::var_os("OWN_MAILBOX_BIN").map_or_else(build, PathBuf::from))
}

fn build() -> PathBuf {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(repository::root());
    // Of all packages, as the tests are built: with features of its own it would want most of its crates compiled anew.
    cargo.args(["build", "--quiet", "--message-format=json-render-diagnostics", "--workspace", "--bin", "own-mailbox"]);
    // What cargo tells this test about itself would look to build scripts as if their packages had changed.
    for (name, _) in env::vars_os().filter(|(name, _)| is_about_this_test(name)) {
        cargo.env_remove(name);
    }
    let output = cargo.stderr(Stdio::inherit()).output().expect("cargo");
    assert!(output.status.success(), "own-mailbox does not build");
    let messages = String::from_utf8(output.stdout).expect("text");
    let mut artifacts = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let executable = artifacts.find_map(|artifact| artifact.get("executable")?.as_str().map(PathBuf::from));
    own_name(executable.expect("cargo names the program that it built"))
}

/// The name of the same file that no other clone takes: where clones share their target folder, each puts its program under
/// the name that cargo tells, a link to a file in `deps` whose name is its own.
fn own_name(executable: PathBuf) -> PathBuf {
    let number = |path: &Path| path.metadata().map(|file| file.ino()).ok();
    let deps = executable.parent().map(|folder| folder.join("deps"));
    let files = deps.and_then(|deps| deps.read_dir().ok()).into_iter().flatten().flatten();
    let same = files.map(|file| file.path()).find(|path| number(path).is_some() && number(path) == number(&executable));
    same.unwrap_or(executable)
}

fn is_about_this_test(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let starts = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"];
    starts.iter().any(|start| name.starts_with(start)) || name == "CARGO_TARGET_TMPDIR" || name == "OUT_DIR"
}

/// Runs a foreign program to its end and gives what it printed.
///
/// # Panics
/// If it is not there or fails; what it said is in the panic.
pub fn run(command: &mut Command) -> Vec<u8> {
    let output = try_run(command, b"");
    assert!(output.status.success(), "{}", describe(command, &output));
    output.stdout
}

/// How long a program may take that ends by itself. Some wait for ever where something is missing, and the whole test run would
/// with them.
const LONGEST: Duration = Duration::from_mins(15);

/// How long one may take to end that was asked to.
const FAREWELL: Duration = Duration::from_secs(5);

/// Runs a foreign program to its end, with this on its standard input, and gives whatever became of it. One that does not end
/// in a quarter of an hour is stopped, with all that it has started.
///
/// # Panics
/// If the program is not there.
pub fn try_run(command: &mut Command, input: &[u8]) -> Output {
    run_within(command, input, LONGEST)
}

fn run_within(command: &mut Command, input: &[u8], longest: Duration) -> Output {
    // In a group of its own, so that it can be stopped with those that it has started: they hold its pipes, too.
    command.process_group(0);
    let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = spawned.unwrap_or_else(|error| panic!("{:?}: {error}", command.get_program()));
    let (mut stdin, id) = (child.stdin.take().expect("a pipe"), child.id());
    let (ended, watched) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        // A program that ends before it has read everything is no error here: its exit code says what it thinks.
        scope.spawn(move || _ = stdin.write_all(input));
        scope.spawn(move || {
            let mut signals = ["TERM", "KILL"].into_iter();
            let mut patience = longest;
            while watched.recv_timeout(patience) == Err(mpsc::RecvTimeoutError::Timeout)
                && let Some(signal) = signals.next()
            {
                let mut kill = Command::new("kill");
                _ = kill.args(["-s", signal, "--"]).arg(format!("-{id}")).stderr(Stdio::null()).status();
                patience = FAREWELL;
            }
        });
        let output = child.wait_with_output().expect("a child that was started");
        drop(ended);
        output
    })
}

/// What a program was asked and what it said, for people.
#[must_use]
pub fn describe(command: &Command, output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{command:?}: {}\n{}\n{}", output.status, text(&output.stdout), text(&output.stderr))
}

/// Sends a signal, for example `TERM`, to one process.
///
/// # Panics
/// If there is no such process.
pub fn signal(id: u32, signal: &str) {
    run(Command::new("kill").arg(format!("-{signal}")).arg(id.to_string()));
}

/// Asks again and again, twenty times a second, until there is an answer.
///
/// # Panics
/// If there is none in time; `what` says what was awaited.
pub fn eventually<T>(what: &str, within: Duration, mut ask: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(began.elapsed() < within, "{what}: not within {within:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_does_not_end_is_stopped_with_what_it_has_started() {
        // Its child holds the pipe, and whoever reads it to its end would wait for that.
        let script = "sleep 600 & echo $!; exec sleep 600";
        let began = Instant::now();
        let output = run_within(Command::new("sh").args(["-c", script]), b"", Duration::from_millis(500));
        assert!(!output.status.success() && began.elapsed() < LONGEST);
        let child = String::from_utf8(output.stdout).unwrap();
        let is_gone =
            || (!try_run(Command::new("kill").args(["-0", child.trim()]), b"").status.success()).then_some(());
        eventually("its child is gone", FAREWELL, is_gone);
        // One that does not listen is not asked twice.
        let deaf = "trap '' TERM; while :; do sleep 1; done";
        assert!(!run_within(Command::new("sh").args(["-c", deaf]), b"", Duration::from_millis(500)).status.success());
    }
}
