#!/usr/bin/env bash
# Drives build/routing.wasm (see build.sh), or the module that ROUTING_WASM names.
set -euo pipefail
cd "$(dirname "$0")"
node --test test/
