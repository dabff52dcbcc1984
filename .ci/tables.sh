#!/usr/bin/env bash
# Tables of odd values, read back by Python's `csv` and `json`. Installs Python from Debian if it is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

install_python() {
  local root=()
  command -v python3 >/dev/null && return
  [ "$(id -u)" -eq 0 ] || root=(sudo)
  "${root[@]}" apt-get update -qq
  "${root[@]}" apt-get install -y -qq --no-install-recommends python3
}

install_python
cargo build -q -p tests --bin tables
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"${CARGO_TARGET_DIR:-target}/debug/tables" "$dir"
python3 .ci/tables.py "$dir"
