#!/usr/bin/env bash
# Builds build/rate-limit.wasm and its manifest. --commit: also replaces the committed module and manifest, which is
# large: only when the source or the compiler changed. Needs Go.
set -euo pipefail
cd "$(dirname "$0")"

commit=()
case "${1:-}" in
  '') ;;
  --commit) commit=(--commit) ;;
  *) echo "usage: build.sh [--commit]" >&2; exit 2 ;;
esac

# The Go that is installed, whatever a go.mod might ask for, and nothing of the caller's flags: they decide the bytes.
export GOOS=wasip1 GOARCH=wasm GOTOOLCHAIN=local GOFLAGS=-mod=readonly GOWASM= GOEXPERIMENT=

fetch() { go mod download github.com/proxy-wasm/proxy-wasm-go-sdk; }
fetch || { sleep 3; fetch; } || { sleep 10; fetch; }

compile=(go build -buildmode=c-shared -trimpath -buildvcs=false "-ldflags=-s -w -buildid=" -o build/rate-limit.wasm .)
mkdir -p build
"${compile[@]}"

../manifest "$PWD" --language Go --command "GOOS=wasip1 GOARCH=wasm ${compile[*]}" --tool "go=$(go env GOVERSION)" \
  --tool "proxy-wasm-go-sdk=$(go list -m -f '{{.Version}}' github.com/proxy-wasm/proxy-wasm-go-sdk)" "${commit[@]}"
