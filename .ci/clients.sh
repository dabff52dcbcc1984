#!/usr/bin/env bash
# Real clients against every kind of content: what they fetch in pieces, or go on with after a cut, is equal byte for byte,
# and after the file has changed they get the new one whole or nothing, never a mix.
#
# Needs curl, wget and aria2, and installs them from Debian where they are not. `SEED=…` repeats the cuts of a run.
set -euo pipefail
cd "$(dirname "$0")/.."

SIZE=9000001
SEED=${SEED:-$RANDOM}
RANDOM=$SEED

say() { printf '%s\n' "$*" >&2; }
fail() { say "FAILED: $* (SEED=$SEED)"; exit 1; }
# No client may wait for ever.
soon() { timeout --kill-after=5 60 "$@"; }

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

# serve SEED: starts a server, and sets `address`.
serve() {
  local log="$dir/server-$1"
  TMPDIR=$dir "${CARGO_TARGET_DIR:-target}/debug/kinds" "$SIZE" "$1" >"$log" &
  pids+=("$!")
  for _ in $(seq 200); do
    address=$(head -n 1 "$log")
    [ -n "$address" ] && soon curl -fsS -o /dev/null "http://$address/plain/text" && return
    sleep 0.1
  done
  fail "the server does not start"
}

clean_up() {
  local pid
  for pid in "${pids[@]}"; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rm -rf "$dir"
}

same() { cmp -s "$1" "$2" || fail "$3: other bytes"; }

# cut_off URL FILE: begins a download and leaves at a random byte, which may be the very first.
cut_off() {
  cut=$(((RANDOM * 32768 + RANDOM) % 5000000))
  soon curl -sS "$1" 2>/dev/null | head -c "$cut" >"$2" || true
}

resume_with_curl() {
  cut_off "$url" "$dir/part"
  soon curl -fsS -C - -o "$dir/part" "$url"
  same "$dir/part" "$dir/whole" "curl -C - of $kind at $cut"
}

resume_with_wget() {
  cut_off "$url" "$dir/part"
  soon wget -q -t 1 -c -O "$dir/part" "$url"
  same "$dir/part" "$dir/whole" "wget -c of $kind at $cut"
}

fetch_pieces_with_curl() {
  cut=$(((RANDOM * 32768 + RANDOM) % 5000000))
  soon curl -fsS -r "0-$cut" -o "$dir/first" "$url"
  soon curl -fsS -r "$((cut + 1))-" -o "$dir/second" "$url"
  cat "$dir/first" "$dir/second" >"$dir/part"
  same "$dir/part" "$dir/whole" "curl -r of $kind at $cut"
}

fetch_pieces_with_aria2() {
  rm -f "$dir/part"
  soon aria2c -q -x 8 -s 8 -k 1M --max-tries=1 --file-allocation=none -d "$dir" -o part "$url"
  same "$dir/part" "$dir/whole" "aria2c -x 8 of $kind"
}

# The clients keep no tag for If-Range: it is given to them, as a browser's download would. Not to wget, which takes
# the 200 that says "changed" for one of a server without ranges, and appends its end to the old beginning.
resume_changed() {
  local etag
  etag=$(soon curl -fsSI "$url" | tr -d '\r' | sed -n 's/^etag: //Ip')
  cut_off "$url" "$dir/old"
  cp "$dir/old" "$dir/part"
  soon curl -fsS -r "$cut-" -H "If-Range: $etag" -o "$dir/new" "$changed"
  same "$dir/new" "$dir/whole-changed" "curl -r of $kind, changed"
  # curl takes a 200 for a refusal, and leaves what it has; at the first byte there is nothing to resume.
  if soon curl -fsS -C - -H "If-Range: $etag" -o "$dir/part" "$changed" 2>/dev/null; then
    same "$dir/part" "$dir/whole-changed" "curl -C - of $kind, changed"
  else
    same "$dir/part" "$dir/old" "curl -C - of $kind, changed and refused"
  fi
}

# Where there are no ranges a client is refused, and keeps what it has.
resume_plain() {
  cut_off "$plain" "$dir/old"
  cp "$dir/old" "$dir/part"
  if soon curl -fsS -C - -o "$dir/part" "$plain" 2>/dev/null; then
    same "$dir/part" "$dir/whole" "curl -C - of plain $kind at $cut"
  else
    same "$dir/part" "$dir/old" "curl -C - of plain $kind at $cut, refused"
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
  soon curl -fsS -o "$dir/whole" "$url"
  soon curl -fsS -o "$dir/part" "$plain"
  same "$dir/part" "$dir/whole" "plain $kind"
  soon curl -fsS -o "$dir/whole-changed" "$changed"
  cmp -s "$dir/whole" "$dir/whole-changed" && fail "$kind did not change"
  resume_with_curl
  resume_with_wget
  fetch_pieces_with_curl
  fetch_pieces_with_aria2
  resume_changed
  resume_plain
  say "$kind: as it should be"
done
