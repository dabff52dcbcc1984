//! Whether all peers send the same bytes.

use std::{
    fs::File,
    io::{self, Cursor, Read, Seek, SeekFrom},
    path::Path,
};

use benches::{
    BIG_FILE, BLOB_FILE, HELLO, ORDERS_HEADER, Order, ROWS, SLOW_ROWS, order, row, slow_row,
};

use crate::{
    Result,
    client::{Field, Head},
    data::evict,
    peers::Peer,
    server::{Host, Server},
    workload::{
        RANGE,
        Workload::{self, W1, W2, W3, W3Cold, W4, W5, W6, W7, W8, W9, W9Json},
    },
};

/// Prints what each peer sends, and fails if it is not the same.
pub(crate) fn run(host: &Host, peers: &[Peer], workloads: &[Workload]) -> Result<()> {
    let mut mistakes = 0;
    for peer in peers {
        let server = host.start(peer, &[])?;
        for &workload in workloads.iter().filter(|workload| peer.can(**workload)) {
            let head = request(&server, peer, workload, &host.data)?;
            mistakes += usize::from(head.is_none());
        }
        server.stop()?;
    }
    if mistakes == 0 {
        Ok(())
    } else {
        Err(format!("{mistakes} wrong answers").into())
    }
}

/// The fields of a request, asking the peer for its validators where they are needed.
pub(crate) fn request_fields(
    server: &Server,
    peer: &Peer,
    workload: Workload,
) -> io::Result<Vec<Field>> {
    let (first, last) = RANGE;
    match workload {
        W5 => Ok(vec![field("Range", &format!("bytes={first}-{last}"))]),
        W6 => {
            let head = server.connect()?.get(&peer.path(W6), &[])?;
            let answers = [
                ("etag", "If-None-Match"),
                ("last-modified", "If-Modified-Since"),
            ];
            let fields =
                answers.map(|(answer, question)| Some(field(question, head.field(answer)?)));
            Ok(fields.into_iter().flatten().collect())
        }
        _ => Ok(Vec::new()),
    }
}

fn field(name: &str, value: &str) -> Field {
    (name.to_owned(), value.to_owned())
}

/// `None` if the answer is not the right one.
fn request(server: &Server, peer: &Peer, workload: Workload, data: &Path) -> Result<Option<Head>> {
    if workload == W3Cold {
        evict(&data.join(BIG_FILE))?;
    }
    let fields = request_fields(server, peer, workload)?;
    let mut connection = server.connect()?;
    let head = connection.get(&peer.path(workload), &fields)?;
    let mut body = connection.body(&head);
    let mut wanted = wanted_body(workload, data)?;
    // W7 has no end that one would wait for.
    let same = match workload {
        W7 => same(&mut body.take(48_000_000), &mut wanted),
        _ => same(&mut body, &mut wanted),
    };
    let right = same? && head.status == wanted_status(workload);
    let verdict = if right { "ok   " } else { "WRONG" };
    println!(
        "{verdict} {} {workload} {} {}",
        peer.name,
        head.status,
        shown(&head)
    );
    Ok(right.then_some(head))
}

fn shown(head: &Head) -> String {
    let mut fields: Vec<String> = head
        .fields
        .iter()
        .filter(|(name, _)| name != "date")
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    fields.sort();
    fields.join("; ")
}

fn wanted_status(workload: Workload) -> u16 {
    match workload {
        W5 => 206,
        W6 => 304,
        _ => 200,
    }
}

fn wanted_body(workload: Workload, data: &Path) -> io::Result<Box<dyn Read>> {
    Ok(match workload {
        W1 => Box::new(HELLO.as_bytes()),
        W2 => Box::new(File::open(data.join(BLOB_FILE))?),
        W3 | W3Cold => Box::new(File::open(data.join(BIG_FILE))?),
        W4 | W7 => Box::new(Cursor::new((0..ROWS).map(row).collect::<String>())),
        W9 => Box::new(Cursor::new(table(Order::write_csv, ORDERS_HEADER))),
        W9Json => Box::new(Cursor::new(table(Order::write_json, ""))),
        W5 => {
            let (first, last) = RANGE;
            let mut file = File::open(data.join(BIG_FILE))?;
            file.seek(SeekFrom::Start(first))?;
            Box::new(file.take(last + 1 - first))
        }
        W6 => Box::new(io::empty()),
        W8 => Box::new(Cursor::new(
            (0..SLOW_ROWS).map(slow_row).collect::<String>(),
        )),
    })
}

/// All rows of W9.
fn table(write: fn(&Order, &mut Vec<u8>) -> io::Result<()>, header: &str) -> Vec<u8> {
    let mut table = header.as_bytes().to_vec();
    for index in 0..ROWS {
        write(&order(index), &mut table).expect("memory takes it");
    }
    table
}

fn same(left: &mut impl Read, right: &mut impl Read) -> io::Result<bool> {
    loop {
        let (left, right) = (block(left)?, block(right)?);
        if left != right {
            return Ok(false);
        }
        if left.is_empty() {
            return Ok(true);
        }
    }
}

fn block(source: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut block = Vec::with_capacity(1 << 16);
    source.take(1 << 16).read_to_end(&mut block)?;
    Ok(block)
}
