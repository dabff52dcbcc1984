#!/usr/bin/env bash
# Tests real clients with every kind of content. Files that are downloaded in parts or resumed must be equal byte for byte.
# After a file has changed, a client must get the whole new file or nothing, never a mix.
# Archives are read by real extractors.
#
# Installs curl, wget, aria2 and the extractors below from Debian packages if they are missing. Go is used if it is installed.
# `SEED=…` repeats the cuts of a previous run.
set -euo pipefail
cd "$(dirname "$0")/.."

SIZE=9000001
SEED=${SEED:-$RANDOM}
# Downloads are cut before this byte.
limit=5000000
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
  command -v unzip >/dev/null || missing+=(unzip)
  command -v zip >/dev/null || missing+=(zip)
  command -v bsdtar >/dev/null || missing+=(libarchive-tools)
  command -v 7z >/dev/null || missing+=(p7zip-full)
  command -v busybox >/dev/null || missing+=(busybox)
  command -v python3 >/dev/null || missing+=(python3)
  [ "${#missing[@]}" -eq 0 ] && return
  [ "$(id -u)" -eq 0 ] || root=(sudo)
  "${root[@]}" apt-get update -qq
  "${root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

# serve SEED: starts a server and sets `address`.
serve() {
  local log="$dir/server-$1"
  # The server may open its log after the first look at it.
  touch "$log"
  TMPDIR=$dir "${CARGO_TARGET_DIR:-target}/debug/kinds" "$SIZE" "$1" >"$log" &
  pids+=("$!")
  await_server "$log" plain/text
}

# await_server LOG PATH: waits for a server that writes its address to LOG to serve PATH, and sets `address`.
await_server() {
  for _ in $(seq 200); do
    address=$(head -n 1 "$1")
    [ -n "$address" ] && limited curl -fsS -o /dev/null "http://$address/$2" && return
    sleep 0.1
  done
  fail "the server of $2 did not start"
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

# download_part URL FILE: starts a download and stops after a random number of bytes below the limit, which may be 0.
download_part() {
  cut=$(((RANDOM * 32768 + RANDOM) % limit))
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

# serve_archives PORT: starts the server of archives, and sets `address` and `archives_pid`.
serve_archives() {
  touch "$dir/archives"
  "${CARGO_TARGET_DIR:-target}/debug/archives" "$dir/files" "$1" >"$dir/archives" &
  archives_pid=$!
  pids+=("$archives_pid")
  await_server "$dir/archives" hostile
}

# Starts the server again at the same address, as after a crash.
restart_archives() {
  kill -9 "$archives_pid"
  wait "$archives_pid" 2>/dev/null || true
  serve_archives "${address##*:}"
}

# extract TOOL FILE: extracts an archive into an empty folder, from which nothing may escape.
extract() {
  rm -rf "$dir/jail"
  mkdir -p "$dir/jail/1/2/3/4"
  (
    cd "$dir/jail/1/2/3/4"
    case $1 in
      unzip) limited unzip -q "$2" ;;
      bsdtar) limited bsdtar -xf "$2" ;;
      bsdtar-pipe) limited bsdtar -xf - <"$2" ;;
      7z) limited 7z x -y "$2" >/dev/null ;;
      busybox) limited busybox unzip -q "$2" ;;
      python) limited python3 -m zipfile -e "$2" . ;;
    esac
  ) >"$dir/extract.log" 2>&1 || { cat "$dir/extract.log" >&2; fail "$1 does not extract $kind"; }
  local found
  found=$(find "$dir/jail" -type f | wc -l)
  [ "$found" -eq "$(find "$dir/jail/1/2/3/4" -type f | wc -l)" ] || fail "$1: $kind escapes"
  # These are outside of the jail.
  ! [ -e /escaped.txt ] && ! [ -e /tmp/escaped.txt ] || fail "$1: $kind escapes"
  printf '%s' "$found" >"$dir/found"
}

# Each tool tests the archive, extracts it, and finds the same files.
extract_with_all() {
  local archive=$dir/whole.zip tool expected
  cp "$dir/whole" "$archive"
  limited unzip -tq "$archive" >/dev/null || fail "unzip -t: $kind"
  limited zip -qT "$archive" >/dev/null || fail "zip -T: $kind"
  limited 7z t "$archive" >/dev/null || fail "7z t: $kind"
  limited python3 -m zipfile -t "$archive" >/dev/null || fail "zipfile -t: $kind"
  expected=$(limited python3 -c 'import sys, zipfile
print(sum(not entry.is_dir() for entry in zipfile.ZipFile(sys.argv[1]).infolist()))' "$archive")
  if command -v go >/dev/null; then
    limited "$dir/read_zip" "$archive" >/dev/null || fail "go: $kind"
  fi
  # To create so many files is work for the disk, not for the archive.
  [ "$kind" != many ] || return 0
  for tool in unzip bsdtar bsdtar-pipe 7z busybox python; do
    extract "$tool" "$archive"
    [ "$(cat "$dir/found")" -eq "$expected" ] || fail "$tool: $(cat "$dir/found") of $expected files of $kind"
    [ "$kind" != files ] || assert_same "$dir/jail/1/2/3/4/b.bin" "$dir/files/b.bin" "$tool"
  done
}

build_go_reader() {
  command -v go >/dev/null || return 0
  mkdir "$dir/go"
  cat >"$dir/go/main.go" <<'GO'
package main

import (
	"archive/zip"
	"io"
	"log"
	"os"
)

func main() {
	archive, err := zip.OpenReader(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	for _, entry := range archive.File {
		content, err := entry.Open()
		if err != nil {
			log.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, content); err != nil {
			log.Fatal(entry.Name, err)
		}
	}
}
GO
  (cd "$dir/go" && GOFLAGS=-mod=mod GO111MODULE=off go build -o "$dir/read_zip" main.go)
}

# The length of the whole, and the server killed and started again between the halves.
resume_archive() {
  local size rounds=20
  size=$(limited curl -fsSI "$url" | tr -d '\r' | sed -n 's/^content-length: //Ip')
  [ "$size" -eq "$(stat -c %s "$dir/whole")" ] || fail "the length of $kind"
  # There is nothing to resume after the last byte.
  limit=$((size < 5000000 ? size : 5000000))
  # Each request for so many entries plans them anew.
  [ "$kind" != many ] || rounds=2
  for _ in $(seq "$rounds"); do
    resume_with_curl
  done
  resume_with_wget
  fetch_pieces_with_aria2
  download_part "$url" "$dir/part"
  restart_archives
  limited curl -fsS -C - -o "$dir/part" "$url"
  assert_same "$dir/part" "$dir/whole" "curl -C - of $kind at $cut, after a restart"
}

# A file changes between the halves: the tag of the old archive gets the new one as a whole.
resume_changed_archive() {
  local etag
  etag=$(limited curl -fsSI "$url" | tr -d '\r' | sed -n 's/^etag: //Ip')
  touch -d '1 hour ago' "$dir/files/b.bin"
  limited curl -fsS -r 1000- -H "If-Range: $etag" -o "$dir/part" "$url"
  limited curl -fsS -o "$dir/whole" "$url"
  assert_same "$dir/part" "$dir/whole" "curl -r of $kind, changed"
}

check_archives() {
  mkdir "$dir/files"
  head -c 5000000 /dev/urandom >"$dir/files/a.bin"
  head -c 3000001 /dev/urandom >"$dir/files/b.bin"
  touch -d '2 hours ago' "$dir/files/"*
  build_go_reader
  serve_archives 0
  for kind in $(tail -n +2 "$dir/archives"); do
    url="http://$address/$kind"
    limited curl -fsS -o "$dir/whole" "$url"
    extract_with_all
    case $kind in
      stream) ;;
      *) resume_archive ;;
    esac
    say "archive $kind: ok"
  done
  limit=5000000 kind=files url="http://$address/files"
  resume_changed_archive
}

install_clients
cargo build -q -p tests --bin kinds --bin archives
dir=$(mktemp -d)
pids=()
trap clean_up EXIT
check_archives
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
