#!/usr/bin/env bash
# Tests everything but the callbacks, on this machine, with the same compiler as the build.
set -euo pipefail
cd "$(dirname "$0")"
export PATH=/usr/bin:$PATH CARGO_NET_RETRY=5
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/outrider/rust-target}
unset RUSTFLAGS RUSTUP_TOOLCHAIN
cargo test --quiet --locked
