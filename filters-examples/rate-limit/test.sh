#!/usr/bin/env bash
# Tests everything but the callbacks, on this machine.
set -euo pipefail
cd "$(dirname "$0")"
GOTOOLCHAIN=local GOFLAGS=-mod=readonly go vet .
GOTOOLCHAIN=local GOFLAGS=-mod=readonly go test .
