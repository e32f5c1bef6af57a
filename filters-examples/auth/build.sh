#!/usr/bin/env bash
# Builds build/auth.wasm and its manifest. --commit: also replaces the committed module and manifest.
# Needs Debian's rustc-web, cargo-web, rust-web-src and lld-14: std is compiled together with the filter.
set -euo pipefail
cd "$(dirname "$0")"

commit=()
case "${1:-}" in
  '') ;;
  --commit) commit=(--commit) ;;
  *) echo "usage: build.sh [--commit]" >&2; exit 2 ;;
esac

version() { dpkg-query -W -f '${Version}' "$1"; }

# A rustup toolchain in front of Debian's has another version than the source of std, so Debian's goes first.
export PATH=/usr/bin:$PATH
export CARGO_HOME=${CARGO_HOME:-$HOME/.cargo} CARGO_NET_RETRY=5
# Outside the checkout and shared by all builds: compiling std takes a minute.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/outrider/rust-target}
export RUSTC_BOOTSTRAP=1 # -Zbuild-std is not stable yet
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-14
# Panic messages carry source paths: without this they would depend on the machine.
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="--remap-path-prefix=$CARGO_HOME=cargo"
unset RUSTFLAGS RUSTUP_TOOLCHAIN

compile=(cargo build --quiet --locked --release --target wasm32-unknown-unknown -Zbuild-std=std,panic_abort)
"${compile[@]}"
mkdir -p build
cp "$CARGO_TARGET_DIR/wasm32-unknown-unknown/release/auth.wasm" build/auth.wasm

../manifest "$PWD" --language Rust --command "${compile[*]}" \
  --tool "rustc-web=$(version rustc-web)" --tool "rust-web-src=$(version rust-web-src)" --tool "lld-14=$(version lld-14)" \
  --tool "proxy-wasm=$(sed -n '/^name = "proxy-wasm"/{n;s/version = "\(.*\)"/\1/p}' Cargo.lock)" \
  "${commit[@]}"
