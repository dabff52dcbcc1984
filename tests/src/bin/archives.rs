//! Serves archives on loopback, for clients and extractors from elsewhere: `archives FOLDER PORT`.
//!
//! The first line that it prints is its address, the others are the names of the archives. With the same folder, another run serves
//! the same bytes.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use axum::{Router, extract, routing::any, serve};
use downloadview::{Content, Download, DownloadRequest, Entry, Zip};
use tests::archives::{Store, bytes};
use tokio::net::TcpListener;

/// Names that would leave the folder of an extractor, or that some of them refuse.
const HOSTILE: [&str; 16] = [
    "../escaped.txt",
    "../../../../../../tmp/escaped.txt",
    "/escaped.txt",
    "..\\..\\escaped.txt",
    "C:\\escaped.txt",
    "\\\\server\\share\\escaped.txt",
    "a/../../escaped.txt",
    "./.././escaped.txt",
    "..",
    "",
    "file",
    "file/inside.txt",
    "FILE",
    "new\nline\u{1b}[31m.txt",
    "-rf",
    "nul\0byte.txt",
];

const NAMES: [&str; 6] = ["files", "declared", "mixed", "stream", "many", "hostile"];

#[tokio::main]
async fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder: PathBuf = arguments.next().expect("a folder").into();
    let port = arguments.next().expect("a port");
    let port: u16 = port.parse().expect("a number");
    let view = move |extract::Path(name): extract::Path<String>, request: DownloadRequest| {
        let download = Download::new(archive(&name, &folder)).basename(name);
        async move { download.respond(&request).await }
    };
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("{}", listener.local_addr()?);
    for name in NAMES {
        println!("{name}");
    }
    serve(listener, Router::new().route("/{name}", any(view))).await
}

fn archive(name: &str, folder: &Path) -> Zip {
    let mut zip = Zip::new();
    match name {
        "files" => drop(zip.tree("", folder)),
        "declared" => {
            for file in ["a.bin", "b.bin"] {
                let path = folder.join(file);
                let content = fs::read(&path).expect("the file");
                zip.add(file, Entry::file(path).crc32(crc32(&content)));
            }
        }
        "mixed" => mixed(&mut zip, folder),
        "stream" => {
            let rows = (0..100_000).map(|id| format!("{id},a row\n"));
            zip.add("first.txt", "Hello world!\n")
                .add("rows.csv", Content::from_chunks(rows))
                .add("a.bin", Entry::file(folder.join("a.bin")).deflate())
                .add("b.bin", Entry::file(folder.join("b.bin")));
        }
        "many" => zip.extend((0..70_000).map(|i| (format!("{}/{i}.txt", i % 100), "x"))),
        _ => zip.extend(HOSTILE.map(|name| (name, "hostile\n"))),
    }
    zip
}

fn mixed(zip: &mut Zip, folder: &Path) {
    let store = Store::default();
    zip.add("read me.txt", "Enjoy!\n")
        .add("Zoë/März 2024/日本.txt", "names in any language\n")
        .directory("empty folder")
        .add("a.bin", Entry::file(folder.join("a.bin")))
        .add("empty.txt", "")
        .add("opened.bin", store.entry(2_000_000).etag("v1"))
        .add("range.bin", store.range_entry(3_000_000).etag("v1"))
        .add("memory.bin", bytes(0..1_000_000));
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}
