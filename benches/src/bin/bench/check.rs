//! Checks that all peers send the same bytes.

use std::{
    fs::File,
    io::{self, Cursor, Read, Seek, SeekFrom},
    path::Path,
};

use benches::{BIG_FILE, BLOB_FILE, HELLO, ROWS, SLOW_ROWS, row, slow_row};

use crate::{
    Result,
    client::{Field, Head},
    data::evict,
    peers::Peer,
    server::{Host, Server},
    workload::{
        RANGE,
        Workload::{self, W1, W2, W3, W3Cold, W4, W5, W6, W7, W8},
    },
};

/// Prints the header fields of each peer. Returns an error if a status or a body is wrong.
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
        Err(format!("{mistakes} wrong responses").into())
    }
}

/// Returns the header fields of a request. If they include validators, these are requested from the peer first.
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
            let validators = [
                ("etag", "If-None-Match"),
                ("last-modified", "If-Modified-Since"),
            ];
            let fields = validators
                .map(|(validator, condition)| Some(field(condition, head.field(validator)?)));
            Ok(fields.into_iter().flatten().collect())
        }
        _ => Ok(Vec::new()),
    }
}

fn field(name: &str, value: &str) -> Field {
    (name.to_owned(), value.to_owned())
}

/// Sends a request, prints the result, and returns the head of the response, or `None` if the response is wrong.
fn request(server: &Server, peer: &Peer, workload: Workload, data: &Path) -> Result<Option<Head>> {
    if workload == W3Cold {
        evict(&data.join(BIG_FILE))?;
    }
    let fields = request_fields(server, peer, workload)?;
    let mut connection = server.connect()?;
    let head = connection.get(&peer.path(workload), &fields)?;
    let mut body = connection.body(&head);
    let mut expected = expected_body(workload, data)?;
    // The body of W7 is too long to be read to its end.
    let is_equal = match workload {
        W7 => are_equal(&mut body.take(48_000_000), &mut expected),
        _ => are_equal(&mut body, &mut expected),
    };
    let is_right = is_equal? && head.status == expected_status(workload);
    let verdict = if is_right { "ok   " } else { "WRONG" };
    println!(
        "{verdict} {} {workload} {} {}",
        peer.name,
        head.status,
        format_fields(&head)
    );
    Ok(is_right.then_some(head))
}

fn format_fields(head: &Head) -> String {
    let mut fields: Vec<String> = head
        .fields
        .iter()
        .filter(|(name, _)| name != "date")
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    fields.sort();
    fields.join("; ")
}

fn expected_status(workload: Workload) -> u16 {
    match workload {
        W5 => 206,
        W6 => 304,
        _ => 200,
    }
}

fn expected_body(workload: Workload, data: &Path) -> io::Result<Box<dyn Read>> {
    Ok(match workload {
        W1 => Box::new(HELLO.as_bytes()),
        W2 => Box::new(File::open(data.join(BLOB_FILE))?),
        W3 | W3Cold => Box::new(File::open(data.join(BIG_FILE))?),
        W4 | W7 => Box::new(Cursor::new((0..ROWS).map(row).collect::<String>())),
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

fn are_equal(left: &mut impl Read, right: &mut impl Read) -> io::Result<bool> {
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
