#!/usr/bin/env bash
# Compiles views of structs without the feature `rows`: each must fail with one error, which names the feature.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/src"
cp Cargo.lock "$dir"
cat >"$dir/Cargo.toml" <<MANIFEST
[package]
name = "without-rows"
version = "0.1.0"
edition = "2024"

[dependencies]
downloadview = { path = "$root/downloadview" }
futures = "0.3"
serde = { version = "1", features = ["derive"] }

[workspace]
MANIFEST

for returned in \
  'impl futures::Stream<Item = Order> { futures::stream::iter([Order { id: 1 }]) }' \
  'impl futures::Stream<Item = Result<Order, String>> { futures::stream::iter([Ok(Order { id: 1 })]) }' \
  'impl Iterator<Item = Order> { [Order { id: 1 }].into_iter() }' \
  'impl Iterator<Item = Result<Order, String>> { [Ok(Order { id: 1 })].into_iter() }' \
  'Vec<Order> { vec![Order { id: 1 }] }'; do
  cat >"$dir/src/lib.rs" <<RUST
#[derive(serde::Serialize)]
pub struct Order {
    pub id: u64,
}

#[downloadview::download_view(basename = "orders.csv")]
pub async fn orders() -> $returned
RUST
  messages="$dir/messages"
  if CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target} cargo check -q --manifest-path "$dir/Cargo.toml" 2>"$messages"; then
    echo "FAILED: it compiles without the feature: $returned" >&2
    exit 1
  fi
  if [ "$(grep -c '^error\[' "$messages")" -ne 1 ] || ! grep -q 'enable the cargo feature `rows` of `downloadview`' "$messages"; then
    cat "$messages"
    echo "FAILED: expected one error that names the feature: $returned" >&2
    exit 1
  fi
done
