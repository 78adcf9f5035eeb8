# shellcheck shell=bash disable=SC2034 # its variables are used by those who source it
# What the scripts of this folder share: where things are, which compiler is in use, and how they talk.
# Sourced, never run. Nothing is written inside the clone except dist/ and artifacts/.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

: "${HOME:=$(getent passwd "$(id -u)" | cut -d: -f6)}"
export HOME

# Everything that is downloaded or built once and kept: tools, compiled crates. Safe to delete; it is made again.
cache=${OWN_MAILBOX_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/own-mailbox}

# The versions of the tools. wasm-bindgen's is the one of Cargo.lock, because the two must be equal to the digit.
wasm_split_version=0.2.4
binaryen_version=132.0.0
esbuild_version=0.28.2
openpgpjs_version=6.3.2
trunk_version=0.21.14
cargo_deny_version=0.20.2
cargo_fuzz_version=0.13.2
geckodriver_version=0.37.1
wasm_bindgen_version=$(awk '/^name = "wasm-bindgen"$/ { found = 1 } found && /^version/ { gsub(/"/, "", $3); print $3; exit }' Cargo.lock)

tools=$cache/tools
wasm_split_home=$tools/wasm-split-$wasm_split_version
wasm_bindgen_home=$tools/wasm-bindgen-$wasm_bindgen_version
binaryen_home=$tools/binaryen-$binaryen_version
esbuild_home=$tools/esbuild-$esbuild_version
openpgpjs_home=$tools/openpgpjs-$openpgpjs_version
trunk_home=$tools/trunk-$trunk_version
cargo_deny_home=$tools/cargo-deny-$cargo_deny_version
cargo_fuzz_home=$tools/cargo-fuzz-$cargo_fuzz_version
geckodriver_home=$tools/geckodriver-$geckodriver_version

wasm_target=wasm32-unknown-unknown
rust_minimum=1.95

# The compiler that the set-up chose: "path" (what stands on PATH, usually rustup's), "path <toolchain>" (one of rustup's by
# name) or "debian" (packages). OWN_MAILBOX_RUST=path|debian forces one, and the set-up remembers it.
rust_choice_file=$cache/rust

use_rust() { # CHOICE
  case $1 in
    debian)
      # A folder of links, not /usr/bin itself: of all that stands there only the compiler may come before rustup's.
      # Cargo looks for `cargo clippy` in its own folder first unless that folder has its place on PATH: give it the last.
      PATH=$cache/rust-debian/bin:$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
      unset RUSTUP_TOOLCHAIN
      ;;
    "path "?*) export RUSTUP_TOOLCHAIN=${1#path } ;;
  esac
}

if ! command -v rustc >/dev/null && [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/rustc" ]; then
  PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
fi
rust_choice=${OWN_MAILBOX_RUST:-$(cat "$rust_choice_file" 2>/dev/null || echo path)}
use_rust "$rust_choice"
export PATH=$wasm_split_home/bin:$wasm_bindgen_home/bin:$binaryen_home/node_modules/.bin:$esbuild_home/node_modules/.bin:$cargo_deny_home/bin:$cargo_fuzz_home/bin:$geckodriver_home/bin:$trunk_home/bin:$PATH

# Compiled crates live outside the clone, so that a second clone need not build them again. Cargo keeps the work of different
# compilers apart by itself. The page has a folder of its own: its crates are built for another machine and with other flags,
# and two compilers whose standard libraries carry the same file names must not meet in it.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$cache/target}
if [ "${rust_choice%% *}" = debian ]; then
  wasm_target_dir=${OWN_MAILBOX_WASM_TARGET_DIR:-$cache/target-wasm-debian}
else
  wasm_target_dir=${OWN_MAILBOX_WASM_TARGET_DIR:-$cache/target-wasm}
fi
# Where a machine builds once and is thrown away, incremental files cost time and give nothing.
[ -z "${CI:-}" ] || export CARGO_INCREMENTAL=${CARGO_INCREMENTAL:-0}

say() { printf '\n\033[1m▸ %s\033[0m\n' "$*"; }
fail() {
  printf '\n\033[1m✗ %s\033[0m\n' "$*" >&2
  trap - EXIT
  exit 1
}

# Scripts end at the first error; what was going on then is said last.
current_step=${0##*/}
trap '[ $? = 0 ] || printf "\n\033[1m✗ failed: %s\033[0m\n" "$current_step" >&2' EXIT

step() { # WHAT COMMAND…: says what begins, and how long it took
  local began=$SECONDS
  current_step=$1
  say "$1"
  shift
  "$@"
  current_step=${0##*/}
  printf '  done in %s s\n' "$((SECONDS - began))"
}

as_root() { # COMMAND…
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "this needs root once. Run it by hand, then try again: $*"
  fi
}

is_debian() { command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; }

apt_updated=false
apt_install() { # PACKAGE…: those that are not there yet
  local missing=() package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if ! $apt_updated; then
    as_root apt-get update -qq
    apt_updated=true
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o Dpkg::Use-Pty=0 --no-install-recommends "${missing[@]}"
}
