//! Measures how the alignment of a buffer affects reads from the page cache. Usage: `alignment [FILE]`.
//!
//! The program reads a file in blocks of 256 KiB into buffers that begin at different offsets from the start of a page. It
//! prints the seconds of CPU time per GiB. Equal figures mean that the alignment does not matter on this processor.

use std::{
    env,
    fs::{self, File},
    io,
    os::unix::fs::FileExt,
    path::PathBuf,
    process,
};

use rustix::time::{ClockId, clock_gettime};

const FILE_LEN: usize = 256 << 20;
const BLOCK: usize = 256 << 10;
const PAGE: usize = 4096;
/// The offsets from the start of a page. Allocators place large buffers at 16, and 2064 is in the middle of a page.
const OFFSETS: [usize; 5] = [0, 16, 32, 64, 2064];
/// The number of times that the file is read with each offset. Only the fastest read counts.
const ROUNDS: usize = 9;

fn main() -> io::Result<()> {
    let named = env::args_os().nth(1).map(PathBuf::from);
    let temporary = env::temp_dir().join(format!("alignment-{}.bin", process::id()));
    let path = named.as_ref().unwrap_or(&temporary);
    if named.is_none() {
        fs::write(path, vec![1; FILE_LEN])?;
    }
    let measured = measure(&File::open(path)?);
    if named.is_none() {
        fs::remove_file(path)?;
    }
    let seconds = measured?;
    println!("| offset from a page | s per GiB | ratio |\n|--:|--:|--:|");
    for (offset, each) in OFFSETS.into_iter().zip(seconds) {
        println!("| {offset} | {each:.4} | {:.2} |", each / seconds[0]);
    }
    Ok(())
}

/// Returns the seconds per GiB for each offset.
fn measure(file: &File) -> io::Result<[f64; OFFSETS.len()]> {
    // All offsets use the same memory, so that they differ in nothing else.
    let mut memory = vec![0; BLOCK + 2 * PAGE];
    let page = memory.as_ptr().align_offset(PAGE);
    let mut best = [f64::INFINITY; OFFSETS.len()];
    // The first round brings the file into the page cache.
    for round in 0..=ROUNDS {
        for (offset, best) in OFFSETS.into_iter().zip(&mut best) {
            let start = page + offset;
            let seconds = read_all(file, &mut memory[start..start + BLOCK])?;
            if round > 0 {
                *best = best.min(seconds);
            }
        }
    }
    Ok(best)
}

/// Reads the file up to [`FILE_LEN`] and returns the seconds per GiB.
fn read_all(file: &File, buffer: &mut [u8]) -> io::Result<f64> {
    let (start, mut position) = (cpu_seconds(), 0);
    while position < FILE_LEN {
        match file.read_at(buffer, position as u64)? {
            0 => break,
            read => position += read,
        }
    }
    Ok((cpu_seconds() - start) / position as f64 * (1u64 << 30) as f64)
}

fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
