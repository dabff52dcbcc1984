//! The clients: threads of this process, each with a connection.

use std::{
    io::{self, BufRead, BufReader},
    path::PathBuf,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use benches::SLOW_ROWS;

use crate::{
    Result,
    client::{Address, Buffering, Connection, Field, Head, Protocol, http2},
    data::{Random, evict},
};

/// The length of a range that is asked for.
pub(crate) const RANGE_LEN: u64 = 64 << 10;

/// What all connections got.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Load {
    pub(crate) bytes: u64,
    /// Requests that were answered whole.
    pub(crate) requests: u64,
    /// Time of the downloads, added up.
    pub(crate) time: Duration,
}

/// Where and what a load asks for.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) address: Address,
    pub(crate) path: String,
    pub(crate) fields: Vec<Field>,
    /// A file that each download finds absent from the page cache.
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
                "{} is answered with {}",
                self.path, head.status
            )))
        }
    }

    /// Requests small answers, 64 at a time.
    pub(crate) fn requests(&self, duration: Duration) -> Result<Load> {
        match self.address.protocol {
            Protocol::Http1 => self.wrk(duration),
            Protocol::Http2 => Ok(Load {
                requests: http2::requests(self.address, &self.path, &self.fields, duration)?,
                ..Load::default()
            }),
        }
    }

    /// Runs wrk with 64 connections: a thread for each connection would cost the server its wake-ups.
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

    /// Whole bodies, one after the other, each on a connection of its own.
    pub(crate) fn downloads(&self, connections: u64, duration: Duration) -> io::Result<Load> {
        let deadline = Instant::now() + duration;
        let target = match self.address.protocol {
            // So that the body ends with the connection, and nobody has to read its framing.
            Protocol::Http1 => self.with_field("Connection", "close"),
            Protocol::Http2 => self.clone(),
        };
        together(connections, |_| {
            let mut load = Load::default();
            while Instant::now() < deadline {
                self.evicted.as_deref().map_or(Ok(()), evict)?;
                let start = Instant::now();
                let mut connection = self.address.connect(Buffering::Generous)?;
                target.get(&mut connection, 200)?;
                load.requests += u64::from(drain(&mut connection, deadline, &mut load.bytes)?);
                load.time += start.elapsed();
            }
            Ok(load)
        })
    }

    /// Parts of 64 KiB, 16 connections that are kept. `first` makes a position of a random number.
    pub(crate) fn ranges(
        &self,
        duration: Duration,
        first: impl Fn(u64) -> u64 + Sync,
    ) -> io::Result<Load> {
        let deadline = Instant::now() + duration;
        together(16, |seed| {
            let mut load = Load::default();
            let mut random = Random::new(seed + 1);
            let mut connection = self.address.connect(Buffering::Generous)?;
            while Instant::now() < deadline {
                let first = first(random.next());
                let range = format!("bytes={first}-{}", first + RANGE_LEN - 1);
                let part = self.with_field("Range", &range);
                let head = part.get(&mut connection, 206)?;
                load.bytes += skip_body(&mut connection, &head)?;
                load.requests += 1;
            }
            Ok(load)
        })
    }

    /// One body on each of 100 connections, that take a MiB a second of it.
    pub(crate) fn crawl(&self, duration: Duration) -> io::Result<Load> {
        const STEP: Duration = Duration::from_millis(100);
        let deadline = Instant::now() + duration;
        together(100, |_| {
            let mut load = Load::default();
            let mut connection = self.address.connect(Buffering::Little)?;
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

    /// When the first row of a slow body comes, and the longest wait between two of them, in milliseconds.
    pub(crate) fn first_row(&self) -> io::Result<(f64, f64)> {
        let mut connection = self.address.connect(Buffering::Generous)?;
        let start = Instant::now();
        let head = self.get(&mut connection, 200)?;
        let mut times = Vec::new();
        for line in BufReader::new(connection.body(&head)).lines() {
            line?;
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
        if times.len() != SLOW_ROWS as usize {
            return Err(io::Error::other(format!("{} rows came", times.len())));
        }
        let gaps = times.windows(2).map(|pair| pair[1] - pair[0]);
        Ok((times[0], gaps.fold(0.0, f64::max)))
    }
}

/// Runs a client on each of some threads, and adds up what they got.
fn together(clients: u64, client: impl Fn(u64) -> io::Result<Load> + Sync) -> io::Result<Load> {
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

/// Whether the body ended in time.
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
        all if all == length => Ok(length),
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

/// Discards so many bytes, unless time or the body is over before.
fn take(connection: &mut Connection, length: u64, deadline: Instant) -> io::Result<u64> {
    let mut left = length;
    while left > 0 && Instant::now() < deadline {
        let discarded = connection.discard(usize::try_from(left).unwrap_or(usize::MAX))?;
        if discarded == 0 {
            break;
        }
        left -= discarded as u64;
    }
    Ok(length - left)
}

/// What wrk says: `  1234 requests in 2.00s, 1.50MB read`.
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
