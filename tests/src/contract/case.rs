//! A case of the contract test: a source, its promised size, the requested ranges, and the way the body is polled.

use std::ops::Range;

/// The kinds of source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Bytes,
    File,
    SeekableReader,
    SeekableAsyncReader,
    Reader,
    AsyncReader,
    Stream,
    Chunks,
    Writer,
    /// The body of a response, which declares its size by its size hint.
    Body,
}

impl Kind {
    const ALL: [Self; 11] = [
        Self::Text,
        Self::Bytes,
        Self::File,
        Self::SeekableReader,
        Self::SeekableAsyncReader,
        Self::Reader,
        Self::AsyncReader,
        Self::Stream,
        Self::Chunks,
        Self::Writer,
        Self::Body,
    ];

    pub(super) fn is_memory(self) -> bool {
        matches!(self, Self::Text | Self::Bytes)
    }

    /// Returns true if the source knows its size and can be read from any position.
    pub(super) fn is_seekable(self) -> bool {
        let readers = [Self::File, Self::SeekableReader, Self::SeekableAsyncReader];
        self.is_memory() || readers.contains(&self)
    }

    /// Returns true if the source runs on the connection's thread and not on the blocking pool.
    pub(super) fn is_async(self) -> bool {
        let kinds = [
            Self::SeekableAsyncReader,
            Self::AsyncReader,
            Self::Stream,
            Self::Body,
        ];
        kinds.contains(&self)
    }
}

/// A step of a source.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// Produces a chunk of this size, this many times.
    Give { size: usize, times: usize },
    /// Wakes its task at once and waits until it is polled again.
    Yield,
    /// Waits until a concurrent task wakes it.
    Later,
    /// Waits until the gate is opened, which happens once all earlier bytes have come out of the body.
    Gate,
}

/// The behaviour of a source after its last byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finish {
    /// It ends. This is too early if the source declared a larger size.
    End,
    Error,
    Panic,
}

#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) kind: Kind,
    pub(super) steps: Vec<Step>,
    /// The number of bytes that the source produces. An endless source repeats its steps.
    pub(super) given: u64,
    pub(super) finish: Finish,
    /// The number of bytes by which the declared size of a seekable source exceeds what it produces.
    pub(super) missing: u64,
    /// The value of the option `size`, or the exact size hint of a body.
    pub(super) promised: Option<u64>,
    pub(super) is_tagged: bool,
    pub(super) is_watched: bool,
    pub(super) has_deadline: bool,
    /// The requested ranges, in this order. No two of them are adjacent or overlap.
    pub(super) ranges: Vec<Range<u64>>,
    /// For each wait, the number of pending polls that are abandoned before it.
    pub(super) abandoned: Vec<u8>,
    /// The number of latest frames that stay alive, as in a connection that has not sent them yet.
    pub(super) kept: usize,
    /// The number of polls after which the client leaves.
    pub(super) leaves_after: Option<usize>,
}

/// The length of an endless source.
const ENDLESS: u64 = 1 << 60;
/// An endless source produces more bytes than this per step, on average. A step may switch threads, so smaller steps would
/// take half a minute to fill as many frames as are read.
const MIN_BYTES_PER_STEP: u64 = 256;

impl Case {
    pub(super) fn from_bytes(bytes: &[u8]) -> Self {
        let choices = &mut Choices(bytes);
        let kind = Kind::ALL[choices.below(Kind::ALL.len())];
        let finish = [Finish::End, Finish::End, Finish::Error, Finish::Panic][choices.below(4)];
        let flags = choices.byte();
        let flag = |bit: u8| flags & (1 << bit) != 0;
        let leaves_after = flag(0).then(|| choices.below(40));
        let is_endless = flag(1) && flag(2) && leaves_after.is_some() && !kind.is_seekable();
        let promise = choices.byte();
        let steps = choices.many(12, Choices::step);
        let given = match total(&steps) {
            total if is_endless && total > MIN_BYTES_PER_STEP * count(&steps) => ENDLESS,
            total => total,
        };
        let missing = match finish {
            Finish::End if promise & 0x40 == 0 => 0,
            _ => 1 + choices.below(100_000) as u64,
        };
        let mut case = Self {
            kind,
            steps,
            given,
            finish,
            missing: if kind.is_memory() { 0 } else { missing },
            promised: None,
            is_tagged: flag(3),
            is_watched: !flag(4),
            has_deadline: flag(5),
            ranges: Vec::new(),
            abandoned: Vec::new(),
            kept: 0,
            leaves_after,
        };
        case.promised = choices.promised(promise, case.declared_size().unwrap_or(given));
        case.ranges = choices.ranges(case.size().unwrap_or(given), &case.steps);
        case.abandoned = choices.many(8, |choices| choices.byte() % 4);
        case.kept = choices.kept();
        case
    }

    /// Returns the size that a seekable source declares.
    pub(super) fn declared_size(&self) -> Option<u64> {
        let size = self.given + self.missing;
        self.kind.is_seekable().then_some(size)
    }

    /// Returns the size of the file, if it is known before the content.
    pub(super) fn size(&self) -> Option<u64> {
        self.promised.or(self.declared_size())
    }
}

fn total(steps: &[Step]) -> u64 {
    let bytes = |step: &Step| match *step {
        Step::Give { size, times } => (size * times) as u64,
        _ => 0,
    };
    steps.iter().map(bytes).sum()
}

fn count(steps: &[Step]) -> u64 {
    let times = |step: &Step| match *step {
        Step::Give { times, .. } => times as u64,
        _ => 1,
    };
    steps.iter().map(times).sum()
}

/// A sequence of choices, read from bytes. After the last byte, the first option is always chosen.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn byte(&mut self) -> u8 {
        let Some((byte, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *byte
    }

    /// Returns a number below `bound`. If `bound` exceeds 65,536, some numbers cannot occur.
    fn below(&mut self, bound: usize) -> usize {
        let high = if bound > 256 { self.byte() } else { 0 };
        let number = usize::from(high) << 8 | usize::from(self.byte());
        if bound > 1 << 16 {
            number * (bound >> 16) % bound
        } else {
            number % bound
        }
    }

    fn many<T>(&mut self, max: usize, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(max + 1)).map(|_| one(self)).collect()
    }

    fn step(&mut self) -> Step {
        let (size, times) = match self.below(12) {
            0 => return Step::Yield,
            1 => return Step::Later,
            2 => return Step::Gate,
            // Sometimes there are more empty chunks than one poll may skip.
            3 => (0, [1, 70_000][usize::from(self.byte() > 250)]),
            4 => (1, 1),
            5 => (self.below(60), self.below(3000)),
            6 => (self.below(5000), self.below(20)),
            7 => ((16 << 10) - 2 + self.below(5), 1),
            8 => ((64 << 10) - 2 + self.below(5), 1),
            9 => {
                let size = self.below(1 << 18);
                // Sometimes there is more than a client has to drain to count as fast.
                (size, [1, 60][usize::from(size > 250 << 10)])
            }
            _ => (self.below(1000), 1),
        };
        Step::Give { size, times }
    }

    /// Returns no frames, some frames, or more than hyper collects before it sends.
    fn kept(&mut self) -> usize {
        match self.byte() {
            0..128 => 0,
            byte => usize::from(byte) % 20,
        }
    }

    /// Returns the promised size of a source of `size` bytes: none, the true one, one too small, or one too large.
    fn promised(&mut self, kind: u8, size: u64) -> Option<u64> {
        match kind % 8 {
            0..=2 => None,
            3..=5 => Some(size),
            6 => Some(size.saturating_sub(1 + self.below(1 << 18) as u64)),
            _ => Some(size + 1 + self.below(1 << 18) as u64),
        }
    }

    /// Returns separate ranges of `size` bytes in any order. Many begin or end where a step does.
    fn ranges(&mut self, size: u64, steps: &[Step]) -> Vec<Range<u64>> {
        let mut cuts = self.many(8, |choices| match choices.byte() % 4 {
            0 => total(&steps[..choices.below(steps.len() + 1)]).min(size),
            1 => size.min(choices.below(5) as u64),
            _ => share(size, choices.below(1 << 16)),
        });
        let order = self.byte();
        if order & 1 != 0 {
            cuts.push(size);
        }
        cuts.sort_unstable();
        cuts.dedup();
        let pairs = cuts.chunks_exact(2).map(|pair| pair[0]..pair[1]);
        let mut ranges: Vec<_> = pairs.collect();
        if order & 2 != 0 {
            ranges.reverse();
        }
        ranges
    }
}

/// Returns `size * parts / 65,536`.
fn share(size: u64, parts: usize) -> u64 {
    let share = u128::from(size) * parts as u128 / (1 << 16);
    u64::try_from(share).expect("a part is no larger than the whole")
}
