#!/usr/bin/env bash
# Builds build/routing.wasm and its manifest. --commit: also replaces the committed module and manifest.
# Needs Node.js with npm; the compiler comes from the lock file.
set -euo pipefail
cd "$(dirname "$0")"

commit=()
case "${1:-}" in
  '') ;;
  --commit) commit=(--commit) ;;
  *) echo "usage: build.sh [--commit]" >&2; exit 2 ;;
esac

install() { npm ci --no-audit --no-fund --omit-lockfile-registry-resolved --loglevel=error >/dev/null; }
# Installed once per lock file: npm leaves its own copy of it behind.
if ! [ node_modules/.package-lock.json -nt package-lock.json ]; then
  install || { sleep 3; install; } || { sleep 10; install; }
fi

version() { node -p "require('./node_modules/$1/package.json').version"; }

compile=(node node_modules/assemblyscript/bin/asc.js assembly/index.ts --config node_modules/@assemblyscript/wasi-shim/asconfig.json
  --use abort=abort_proc_exit -O3 --outFile build/routing.wasm)
mkdir -p build
"${compile[@]}"

../manifest "$PWD" --language AssemblyScript --command "${compile[*]}" \
  --tool "assemblyscript=$(version assemblyscript)" --tool "binaryen=$(version binaryen)" \
  --tool "@assemblyscript/wasi-shim=$(version @assemblyscript/wasi-shim)" \
  --tool "@gcoredev/proxy-wasm-sdk-as=$(version @gcoredev/proxy-wasm-sdk-as)" "${commit[@]}"
