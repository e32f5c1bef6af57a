#!/usr/bin/env bash
# Builds build/headers.wasm and its manifest. --commit: also replaces the committed module and manifest.
# Needs clang, lld and wasi-libc (Debian: clang-14 lld-14 wasi-libc libclang-rt-14-dev-wasm32).
set -euo pipefail
cd "$(dirname "$0")"

commit=()
case "${1:-}" in
  '') ;;
  --commit) commit=(--commit) ;;
  *) echo "usage: build.sh [--commit]" >&2; exit 2 ;;
esac

version() { dpkg-query -W -f '${Version}' "$1"; }

compile=(clang-14 --target=wasm32-wasi --sysroot=/usr -mexec-model=reactor -std=c11 -O2 -flto -Wall -Wextra -Werror
  -Wl,--strip-all -Wl,--stack-first -Wl,-z,stack-size=8192 -o build/headers.wasm headers.c)
mkdir -p build
"${compile[@]}"

../manifest "$PWD" --language C --command "${compile[*]}" \
  --tool "clang-14=$(version clang-14)" --tool "lld-14=$(version lld-14)" --tool "wasi-libc=$(version wasi-libc)" \
  "${commit[@]}"
