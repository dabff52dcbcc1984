#!/usr/bin/env bash
# Compares the compile time of 100 views with that of 100 equivalent handlers that use only axum.
#
# usage: compile-time.sh [ROUNDS [DIRECTORY]]
#
# Prints the user time of `cargo build` and `cargo check` for the crate alone. Its dependencies are built first.
# DIRECTORY keeps the generated crates and their dependencies for the next run. By default they are placed in a temporary directory.
set -euo pipefail

rounds=${1:-5}
benches=$(cd "$(dirname "$0")" && pwd)
if [[ $# -ge 2 ]]; then
    mkdir -p "$2"
    directory=$(cd "$2" && pwd)
else
    directory=$(mktemp -d)
    trap 'rm -rf "$directory"' EXIT
fi

export CARGO_INCREMENTAL=0 CARGO_TARGET_DIR=$directory/target
# A cache of compiled crates would replace the compiler.
export RUSTC_WRAPPER=

main() {
    generate_workspace
    generate_crate views view_imports plain_views views_with_parameter
    generate_crate by-hand handler_imports plain_handlers handlers_with_parameter
    cd "$directory"

    local command crate round
    for command in build check; do
        echo "cargo $command: dependencies and warm-up" >&2
        run "$command" --workspace
        for crate in views by-hand; do
            rm -f "$directory/$command.$crate"
        done
        for ((round = 1; round <= rounds; round++)); do
            # The order alternates, so that neither crate always follows the other.
            if ((round % 2)); then
                measure "$command" views by-hand
            else
                measure "$command" by-hand views
            fi
        done
    done
    print_table
}

# Generates two packages with the same dependencies and features, so that cargo builds each dependency once.
generate_workspace() {
    cat >"$directory/Cargo.toml" <<EOF
[workspace]
members = ["views", "by-hand"]
resolver = "3"

[workspace.dependencies]
axum = "0.8"
downloadview = { path = "$benches/../downloadview" }
futures = "0.3"
tokio = { version = "1", features = ["full"] }
tokio-stream = "0.1"
tokio-util = { version = "0.7", features = ["io"] }
EOF
    cp "$benches/Cargo.lock" "$directory/Cargo.lock"
}

# generate_crate NAME IMPORTS PLAIN PARAMETER
#
# The last three arguments are functions that print Rust code. PLAIN and PARAMETER print a function of each kind with the
# name `KIND_NUMBER`. Of the 20 functions of each kind, 5 take a path parameter.
generate_crate() {
    local name=$1 imports=$2 plain=$3 parameter=$4 kind number
    mkdir -p "$directory/$name/src"
    {
        printf '[package]\nname = "%s"\nversion = "0.0.0"\nedition = "2024"\n\n[dependencies]\n' "$name"
        printf '%s.workspace = true\n' axum downloadview futures tokio tokio-stream tokio-util
    } >"$directory/$name/Cargo.toml"
    {
        "$imports"
        for number in {1..15}; do "$plain" | sed "s/NUMBER/$number/g"; done
        for number in {16..20}; do "$parameter" | sed "s/NUMBER/$number/g"; done
        printf '\n#[tokio::main]\nasync fn main() -> std::io::Result<()> {\n    let router = Router::new()\n'
        for kind in text bytes rows items file; do
            for number in {1..15}; do
                echo "        .route(\"/$kind/$number\", get(${kind}_$number))"
            done
            for number in {16..20}; do
                echo "        .route(\"/$kind/$number/{id}\", get(${kind}_$number))"
            done
        done
        printf '        ;\n    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;\n'
        printf '    axum::serve(listener, router).await\n}\n'
    } >"$directory/$name/src/main.rs"
}

view_imports() {
    cat <<'EOF'
use std::{fs::File, io};

use axum::{Router, extract::Path, routing::get};
use downloadview::download_view;
use futures::{Stream, stream};
EOF
}

plain_views() {
    cat <<'EOF'

#[download_view(basename = "text-NUMBER.txt", attachment)]
async fn text_NUMBER() -> String {
    format!("Report {}\n", NUMBER)
}

#[download_view(basename = "bytes-NUMBER.bin", attachment)]
async fn bytes_NUMBER() -> Vec<u8> {
    vec![NUMBER; 1000]
}

#[download_view(basename = "rows-NUMBER.csv", attachment)]
async fn rows_NUMBER() -> impl Stream<Item = String> {
    stream::iter((0..1000).map(|row| format!("{row},NUMBER\n")))
}

#[download_view(basename = "items-NUMBER.csv", attachment)]
async fn items_NUMBER() -> impl Iterator<Item = String> {
    (0..1000).map(|row| format!("{row},NUMBER\n"))
}

#[download_view(basename = "file-NUMBER.bin", attachment)]
async fn file_NUMBER() -> io::Result<File> {
    File::open("data/NUMBER.bin")
}
EOF
}

views_with_parameter() {
    cat <<'EOF'

#[download_view(basename = "text-NUMBER-{id}.txt", attachment)]
async fn text_NUMBER(Path(id): Path<u32>) -> String {
    format!("Report NUMBER of {id}\n")
}

#[download_view(basename = "bytes-NUMBER-{id}.bin", attachment)]
async fn bytes_NUMBER(Path(id): Path<u32>) -> Vec<u8> {
    vec![NUMBER; id as usize]
}

#[download_view(basename = "rows-NUMBER-{id}.csv", attachment)]
async fn rows_NUMBER(Path(id): Path<u32>) -> impl Stream<Item = String> {
    stream::iter((0..1000).map(move |row| format!("{row},NUMBER,{id}\n")))
}

#[download_view(basename = "items-NUMBER-{id}.csv", attachment)]
async fn items_NUMBER(Path(id): Path<u32>) -> impl Iterator<Item = String> {
    (0..1000).map(move |row| format!("{row},NUMBER,{id}\n"))
}

#[download_view(basename = "file-NUMBER-{id}.bin", attachment)]
async fn file_NUMBER(Path(id): Path<u32>) -> io::Result<File> {
    File::open(format!("data/NUMBER-{id}.bin"))
}
EOF
}

handler_imports() {
    cat <<'EOF'
use std::convert::Infallible;

use axum::{
    Router,
    body::Body,
    extract::Path,
    http::{
        StatusCode,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::IntoResponse,
    routing::get,
};
use futures::stream;
use tokio::{fs::File, sync::mpsc, task::spawn_blocking};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::io::ReaderStream;
EOF
}

plain_handlers() {
    cat <<'EOF'

async fn text_NUMBER() -> impl IntoResponse {
    (
        [
            (CONTENT_TYPE, "text/plain; charset=utf-8"),
            (CONTENT_DISPOSITION, "attachment; filename=\"text-NUMBER.txt\""),
        ],
        format!("Report {}\n", NUMBER),
    )
}

async fn bytes_NUMBER() -> impl IntoResponse {
    (
        [
            (CONTENT_TYPE, "application/octet-stream"),
            (CONTENT_DISPOSITION, "attachment; filename=\"bytes-NUMBER.bin\""),
        ],
        vec![NUMBER_u8; 1000],
    )
}

async fn rows_NUMBER() -> impl IntoResponse {
    let rows = (0..1000).map(|row| Ok::<_, Infallible>(format!("{row},NUMBER\n")));
    (
        [
            (CONTENT_TYPE, "text/csv; charset=utf-8"),
            (CONTENT_DISPOSITION, "attachment; filename=\"rows-NUMBER.csv\""),
        ],
        Body::from_stream(stream::iter(rows)),
    )
}

async fn items_NUMBER() -> impl IntoResponse {
    let rows = (0..1000).map(|row| format!("{row},NUMBER\n"));
    let (sender, receiver) = mpsc::channel(16);
    spawn_blocking(move || {
        for row in rows {
            if sender.blocking_send(Ok::<_, Infallible>(row)).is_err() {
                break;
            }
        }
    });
    (
        [
            (CONTENT_TYPE, "text/csv; charset=utf-8"),
            (CONTENT_DISPOSITION, "attachment; filename=\"items-NUMBER.csv\""),
        ],
        Body::from_stream(ReceiverStream::new(receiver)),
    )
}

async fn file_NUMBER() -> Result<impl IntoResponse, StatusCode> {
    let file = File::open("data/NUMBER.bin").await;
    let file = file.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok((
        [
            (CONTENT_TYPE, "application/octet-stream"),
            (CONTENT_DISPOSITION, "attachment; filename=\"file-NUMBER.bin\""),
        ],
        Body::from_stream(ReaderStream::new(file)),
    ))
}
EOF
}

handlers_with_parameter() {
    cat <<'EOF'

async fn text_NUMBER(Path(id): Path<u32>) -> impl IntoResponse {
    let disposition = format!("attachment; filename=\"text-NUMBER-{id}.txt\"");
    (
        [
            (CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
            (CONTENT_DISPOSITION, disposition),
        ],
        format!("Report NUMBER of {id}\n"),
    )
}

async fn bytes_NUMBER(Path(id): Path<u32>) -> impl IntoResponse {
    let disposition = format!("attachment; filename=\"bytes-NUMBER-{id}.bin\"");
    (
        [
            (CONTENT_TYPE, "application/octet-stream".to_owned()),
            (CONTENT_DISPOSITION, disposition),
        ],
        vec![NUMBER_u8; id as usize],
    )
}

async fn rows_NUMBER(Path(id): Path<u32>) -> impl IntoResponse {
    let disposition = format!("attachment; filename=\"rows-NUMBER-{id}.csv\"");
    let rows = (0..1000).map(move |row| Ok::<_, Infallible>(format!("{row},NUMBER,{id}\n")));
    (
        [
            (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
            (CONTENT_DISPOSITION, disposition),
        ],
        Body::from_stream(stream::iter(rows)),
    )
}

async fn items_NUMBER(Path(id): Path<u32>) -> impl IntoResponse {
    let disposition = format!("attachment; filename=\"items-NUMBER-{id}.csv\"");
    let rows = (0..1000).map(move |row| format!("{row},NUMBER,{id}\n"));
    let (sender, receiver) = mpsc::channel(16);
    spawn_blocking(move || {
        for row in rows {
            if sender.blocking_send(Ok::<_, Infallible>(row)).is_err() {
                break;
            }
        }
    });
    (
        [
            (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
            (CONTENT_DISPOSITION, disposition),
        ],
        Body::from_stream(ReceiverStream::new(receiver)),
    )
}

async fn file_NUMBER(Path(id): Path<u32>) -> Result<impl IntoResponse, StatusCode> {
    let disposition = format!("attachment; filename=\"file-NUMBER-{id}.bin\"");
    let file = File::open(format!("data/NUMBER-{id}.bin")).await;
    let file = file.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok((
        [
            (CONTENT_TYPE, "application/octet-stream".to_owned()),
            (CONTENT_DISPOSITION, disposition),
        ],
        Body::from_stream(ReaderStream::new(file)),
    ))
}
EOF
}

# run COMMAND ARGUMENTS...: runs cargo and prints its output only if it fails.
run() {
    cargo "$@" >"$directory/log" 2>&1 || {
        cat "$directory/log" >&2
        return 1
    }
}

# measure COMMAND CRATE...: measures each crate once.
measure() {
    local command=$1 crate seconds TIMEFORMAT=%U
    shift
    for crate in "$@"; do
        # The next build then compiles only this crate.
        touch "$directory/$crate/src/main.rs"
        seconds=$({ time run "$command" --package "$crate"; } 2>&1) || {
            echo "$seconds" >&2
            exit 1
        }
        echo "cargo $command $crate: $seconds s" >&2
        echo "$seconds" >>"$directory/$command.$crate"
    done
}

median() {
    sort -n "$1" | awk '{ all[NR] = $1 } END { print (all[int((NR + 1) / 2)] + all[int(NR / 2) + 1]) / 2 }'
}

print_table() {
    local command
    echo '| user time | 100 views, s | by hand, s | difference, s |'
    echo '|---|--:|--:|--:|'
    for command in build check; do
        awk -v command="$command" -v views="$(median "$directory/$command.views")" \
            -v hand="$(median "$directory/$command.by-hand")" \
            'BEGIN { printf "| `cargo %s` | %.2f | %.2f | %.2f |\n", command, views, hand, views - hand }'
    done
}

main
