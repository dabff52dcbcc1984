#!/usr/bin/env bash
# Tests real clients with every kind of content. Files that are downloaded in parts or resumed must be equal byte for byte.
# After a file has changed, a client must get the whole new file or nothing, never a mix.
#
# Installs curl, wget and aria2 from Debian packages if they are missing. `SEED=…` repeats the cuts of a previous run.
set -euo pipefail
cd "$(dirname "$0")/.."

SIZE=9000001
SEED=${SEED:-$RANDOM}
RANDOM=$SEED

say() { printf '%s\n' "$*" >&2; }
fail() { say "FAILED: $* (SEED=$SEED)"; exit 1; }
# Runs a client with a time limit.
limited() { timeout --kill-after=5 60 "$@"; }

install_clients() {
  local missing=() root=()
  command -v curl >/dev/null || missing+=(curl)
  command -v wget >/dev/null || missing+=(wget)
  command -v aria2c >/dev/null || missing+=(aria2)
  [ "${#missing[@]}" -eq 0 ] && return
  [ "$(id -u)" -eq 0 ] || root=(sudo)
  "${root[@]}" apt-get update -qq
  "${root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

# serve SEED: starts a server and sets `address`.
serve() {
  local log="$dir/server-$1"
  TMPDIR=$dir "${CARGO_TARGET_DIR:-target}/debug/kinds" "$SIZE" "$1" >"$log" &
  pids+=("$!")
  for _ in $(seq 200); do
    address=$(head -n 1 "$log")
    [ -n "$address" ] && limited curl -fsS -o /dev/null "http://$address/plain/text" && return
    sleep 0.1
  done
  fail "the server did not start"
}

clean_up() {
  local pid
  for pid in "${pids[@]}"; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rm -rf "$dir"
}

assert_same() { cmp -s "$1" "$2" || fail "$3: the bytes differ"; }

# download_part URL FILE: starts a download and stops after a random number of bytes, which may be 0.
download_part() {
  cut=$(((RANDOM * 32768 + RANDOM) % 5000000))
  limited curl -sS "$1" 2>/dev/null | head -c "$cut" >"$2" || true
}

resume_with_curl() {
  download_part "$url" "$dir/part"
  limited curl -fsS -C - -o "$dir/part" "$url"
  assert_same "$dir/part" "$dir/whole" "curl -C - of $kind at $cut"
}

resume_with_wget() {
  download_part "$url" "$dir/part"
  limited wget -q -t 1 -c -O "$dir/part" "$url"
  assert_same "$dir/part" "$dir/whole" "wget -c of $kind at $cut"
}

fetch_pieces_with_curl() {
  cut=$(((RANDOM * 32768 + RANDOM) % 5000000))
  limited curl -fsS -r "0-$cut" -o "$dir/first" "$url"
  limited curl -fsS -r "$((cut + 1))-" -o "$dir/second" "$url"
  cat "$dir/first" "$dir/second" >"$dir/part"
  assert_same "$dir/part" "$dir/whole" "curl -r of $kind at $cut"
}

fetch_pieces_with_aria2() {
  rm -f "$dir/part"
  limited aria2c -q -x 8 -s 8 -k 1M --max-tries=1 --file-allocation=none -d "$dir" -o part "$url"
  assert_same "$dir/part" "$dir/whole" "aria2c -x 8 of $kind"
}

# The clients do not store a tag for If-Range, so the script passes it like a browser. This leaves out wget. It takes the 200
# for a changed file as that of a server without ranges, and appends the rest of the new file to the old beginning.
resume_changed() {
  local etag
  etag=$(limited curl -fsSI "$url" | tr -d '\r' | sed -n 's/^etag: //Ip')
  download_part "$url" "$dir/old"
  cp "$dir/old" "$dir/part"
  limited curl -fsS -r "$cut-" -H "If-Range: $etag" -o "$dir/new" "$changed"
  assert_same "$dir/new" "$dir/whole-changed" "curl -r of $kind, changed"
  # curl treats a 200 as a failure to resume and keeps its partial file, unless that file is empty.
  if limited curl -fsS -C - -H "If-Range: $etag" -o "$dir/part" "$changed" 2>/dev/null; then
    assert_same "$dir/part" "$dir/whole-changed" "curl -C - of $kind, changed"
  else
    assert_same "$dir/part" "$dir/old" "curl -C - of $kind, changed and refused"
  fi
}

# If a server does not support ranges, a client cannot resume and keeps its partial file.
resume_plain() {
  download_part "$plain" "$dir/old"
  cp "$dir/old" "$dir/part"
  if limited curl -fsS -C - -o "$dir/part" "$plain" 2>/dev/null; then
    assert_same "$dir/part" "$dir/whole" "curl -C - of plain $kind at $cut"
  else
    assert_same "$dir/part" "$dir/old" "curl -C - of plain $kind at $cut, refused"
  fi
}

install_clients
cargo build -q -p tests --bin kinds
dir=$(mktemp -d)
pids=()
trap clean_up EXIT
serve 1
first=$address
serve 2
second=$address

for kind in $(tail -n +2 "$dir/server-1"); do
  url="http://$first/resumable/$kind" plain="http://$first/plain/$kind" changed="http://$second/resumable/$kind"
  limited curl -fsS -o "$dir/whole" "$url"
  limited curl -fsS -o "$dir/part" "$plain"
  assert_same "$dir/part" "$dir/whole" "plain $kind"
  limited curl -fsS -o "$dir/whole-changed" "$changed"
  cmp -s "$dir/whole" "$dir/whole-changed" && fail "$kind did not change"
  resume_with_curl
  resume_with_wget
  fetch_pieces_with_curl
  fetch_pieces_with_aria2
  resume_changed
  resume_plain
  say "$kind: ok"
done
