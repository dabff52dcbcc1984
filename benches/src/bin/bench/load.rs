//! The clients. Each is a thread of this process with one connection.

use std::{
    io::{self, BufRead, BufReader},
    path::PathBuf,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use benches::{BIG_LEN, SLOW_ROWS};

use crate::{
    Result,
    client::{Address, Buffering, Connection, Field, Head, Protocol, http2},
    data::{Random, evict},
};

/// The totals of all connections.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Load {
    pub(crate) bytes: u64,
    /// The number of complete responses.
    pub(crate) requests: u64,
    /// The sum of the times of all downloads.
    pub(crate) time: Duration,
}

/// The target of a load: an address and a request.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) address: Address,
    pub(crate) path: String,
    pub(crate) fields: Vec<Field>,
    /// A file that is dropped from the page cache before each download.
    pub(crate) evicted: Option<PathBuf>,
}

impl Target {
    fn with_field(&self, name: &str, value: &str) -> Self {
        let mut target = self.clone();
        target.fields.push((name.to_owned(), value.to_owned()));
        target
    }

    fn get(&self, connection: &mut Connection, status: u16) -> io::Result<Head> {
        let head = connection.get(&self.path, &self.fields)?;
        if head.status == status {
            Ok(head)
        } else {
            Err(io::Error::other(format!(
                "the response to {} has the status {}",
                self.path, head.status
            )))
        }
    }

    /// Sends requests with small responses, 64 at a time.
    pub(crate) fn requests(&self, duration: Duration) -> Result<Load> {
        match self.address.protocol {
            Protocol::Http1 => self.wrk(duration),
            Protocol::Http2 => Ok(Load {
                requests: http2::requests(self.address, &self.path, &self.fields, duration)?,
                ..Load::default()
            }),
        }
    }

    /// Runs wrk with 64 connections. A thread for each connection would disturb the server with its wake-ups.
    fn wrk(&self, duration: Duration) -> Result<Load> {
        let mut wrk = Command::new("wrk");
        wrk.args(["-t1", "-c64", &format!("-d{}s", duration.as_secs())]);
        for (name, value) in &self.fields {
            wrk.arg("-H").arg(format!("{name}: {value}"));
        }
        wrk.arg(format!(
            "http://127.0.0.1:{}{}",
            self.address.port, self.path
        ));
        let output = wrk.stderr(Stdio::inherit()).output()?;
        read_wrk(&String::from_utf8(output.stdout)?)
    }

    /// Downloads whole bodies, one after the other, each over a new connection.
    pub(crate) fn downloads(&self, connections: u64, duration: Duration) -> io::Result<Load> {
        let deadline = Instant::now() + duration;
        let target = match self.address.protocol {
            // The body then ends with the connection, so its framing need not be parsed.
            Protocol::Http1 => self.with_field("Connection", "close"),
            Protocol::Http2 => self.clone(),
        };
        run_clients(connections, |_| {
            let mut load = Load::default();
            while Instant::now() < deadline {
                self.evicted.as_deref().map_or(Ok(()), evict)?;
                let start = Instant::now();
                let mut connection = self.address.connect(Buffering::Large)?;
                target.get(&mut connection, 200)?;
                load.requests += u64::from(drain(&mut connection, deadline, &mut load.bytes)?);
                load.time += start.elapsed();
            }
            Ok(load)
        })
    }

    /// Requests random ranges of 64 KiB of the big file over 16 persistent connections.
    pub(crate) fn ranges(&self, duration: Duration) -> io::Result<Load> {
        const LENGTH: u64 = 64 << 10;
        let deadline = Instant::now() + duration;
        run_clients(16, |seed| {
            let mut load = Load::default();
            let mut random = Random::new(seed + 1);
            let mut connection = self.address.connect(Buffering::Large)?;
            while Instant::now() < deadline {
                let first = random.next() % (BIG_LEN - LENGTH);
                let range = format!("bytes={first}-{}", first + LENGTH - 1);
                let part = self.with_field("Range", &range);
                let head = part.get(&mut connection, 206)?;
                load.bytes += skip_body(&mut connection, &head)?;
                load.requests += 1;
            }
            Ok(load)
        })
    }

    /// Downloads one body over each of 100 connections at 1 MiB per second.
    pub(crate) fn read_slowly(&self, duration: Duration) -> io::Result<Load> {
        const STEP: Duration = Duration::from_millis(100);
        let deadline = Instant::now() + duration;
        run_clients(100, |_| {
            let mut load = Load::default();
            let mut connection = self.address.connect(Buffering::Small)?;
            self.get(&mut connection, 200)?;
            let mut step = Instant::now();
            while step < deadline {
                load.bytes += take(&mut connection, (1 << 20) / 10, deadline)?;
                step += STEP;
                thread::sleep(step.saturating_duration_since(Instant::now()));
            }
            Ok(load)
        })
    }

    /// Returns the time until the first row of a slow body and the longest time between two rows, in milliseconds.
    pub(crate) fn first_row(&self) -> io::Result<(f64, f64)> {
        let mut connection = self.address.connect(Buffering::Large)?;
        let start = Instant::now();
        let head = self.get(&mut connection, 200)?;
        let mut times = Vec::new();
        for line in BufReader::new(connection.body(&head)).lines() {
            line?;
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
        if times.len() != SLOW_ROWS as usize {
            return Err(io::Error::other(format!(
                "expected {SLOW_ROWS} rows, received {}",
                times.len()
            )));
        }
        let gaps = times.windows(2).map(|pair| pair[1] - pair[0]);
        Ok((times[0], gaps.fold(0.0, f64::max)))
    }
}

/// Runs each client on a thread and adds up the loads.
fn run_clients(clients: u64, client: impl Fn(u64) -> io::Result<Load> + Sync) -> io::Result<Load> {
    let mut sum = Load::default();
    thread::scope(|scope| {
        let client = &client;
        let threads: Vec<_> = (0..clients)
            .map(|index| scope.spawn(move || client(index)))
            .collect();
        for thread in threads {
            let load = thread.join().expect("clients do not panic")?;
            sum.bytes += load.bytes;
            sum.requests += load.requests;
            sum.time += load.time;
        }
        io::Result::Ok(())
    })?;
    Ok(sum)
}

/// Discards a body. Returns true if the body ended before the deadline.
fn drain(connection: &mut Connection, deadline: Instant, bytes: &mut u64) -> io::Result<bool> {
    while Instant::now() < deadline {
        let discarded = connection.discard(usize::MAX)?;
        if discarded == 0 {
            return Ok(true);
        }
        *bytes += discarded as u64;
    }
    Ok(false)
}

fn skip_body(connection: &mut Connection, head: &Head) -> io::Result<u64> {
    let Some(length) = head.content_length() else {
        return io::copy(&mut connection.body(head), &mut io::sink());
    };
    match take(connection, length, Instant::now() + Duration::from_secs(20))? {
        discarded if discarded == length => Ok(length),
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

/// Discards up to `length` bytes until the deadline and returns their number.
fn take(connection: &mut Connection, length: u64, deadline: Instant) -> io::Result<u64> {
    let mut remaining = length;
    while remaining > 0 && Instant::now() < deadline {
        let discarded = connection.discard(usize::try_from(remaining).unwrap_or(usize::MAX))?;
        if discarded == 0 {
            break;
        }
        remaining -= discarded as u64;
    }
    Ok(length - remaining)
}

/// Parses the output of wrk, which contains a line like `  1234 requests in 2.00s, 1.50MB read`.
fn read_wrk(output: &str) -> Result<Load> {
    if let Some(line) = output
        .lines()
        .find(|line| line.contains("Non-2xx") || line.contains("Socket errors"))
    {
        return Err(format!("wrk: {}", line.trim()).into());
    }
    let line = output.lines().find(|line| line.contains(" requests in "));
    let (requests, _) = line
        .and_then(|line| line.split_once(" requests in "))
        .ok_or("wrk failed")?;
    Ok(Load {
        requests: requests.trim().parse()?,
        ..Load::default()
    })
}
