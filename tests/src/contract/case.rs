//! A case: a source, what is promised of it, what is asked for, and how the answer is polled.

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
    /// The body of a response, which says its size by its hint.
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

    /// Has a size of its own, and can be read from any position.
    pub(super) fn is_seekable(self) -> bool {
        let reads = [Self::File, Self::SeekableReader, Self::SeekableAsyncReader];
        self.is_memory() || reads.contains(&self)
    }

    /// Runs on the thread of the connection, and not on the blocking pool.
    pub(super) fn is_async(self) -> bool {
        let waits = [
            Self::SeekableAsyncReader,
            Self::AsyncReader,
            Self::Stream,
            Self::Body,
        ];
        waits.contains(&self)
    }
}

/// What a source does next.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// Gives a chunk of this size, so many times.
    Give { size: usize, times: usize },
    /// Waits until it is polled again, which it asks for at once.
    Yield,
    /// Waits until a task or a thread that runs beside it wakes it.
    Later,
    /// Waits until the gate is opened, which it is when all that was given before has come out.
    Gate,
}

/// What a source does after its last byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finish {
    /// It ends. One that said its size ends early, where it said too much.
    End,
    Error,
    Panic,
}

#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) kind: Kind,
    pub(super) steps: Vec<Step>,
    /// How many bytes the source gives: those of its steps, or without end the same steps again.
    pub(super) given: u64,
    pub(super) finish: Finish,
    /// How many bytes a seekable source says it has beyond those that it gives.
    pub(super) missing: u64,
    /// The option, or the hint of a body.
    pub(super) promised: Option<u64>,
    pub(super) is_tagged: bool,
    pub(super) is_watched: bool,
    pub(super) has_deadline: bool,
    /// What is asked for, in this order; none touches another.
    pub(super) ranges: Vec<Range<u64>>,
    /// How often a poll that has nothing yet is abandoned for another one, in turn.
    pub(super) abandoned: Vec<u8>,
    /// How many of the last frames are kept, as by a connection that has not sent them yet.
    pub(super) kept: usize,
    /// After so many polls the client is gone.
    pub(super) leaves_after: Option<usize>,
}

/// As good as without end.
const ENDLESS: u64 = 1 << 60;
/// A source without end gives more than this at a step, on average. Each step may be a switch between threads: until nearly
/// empty ones have made as many frames as are looked at, half a minute is over.
const RICH: u64 = 256;

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
            total if is_endless && total > RICH * count(&steps) => ENDLESS,
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
        case.promised = choices.promised(promise, case.own_size().unwrap_or(given));
        case.ranges = choices.ranges(case.size().unwrap_or(given), &case.steps);
        case.abandoned = choices.many(8, |choices| choices.byte() % 4);
        case.kept = choices.kept();
        case
    }

    /// What a seekable source says of itself.
    pub(super) fn own_size(&self) -> Option<u64> {
        let size = self.given + self.missing;
        self.kind.is_seekable().then_some(size)
    }

    /// The size of the file, where it is known before the content.
    pub(super) fn size(&self) -> Option<u64> {
        self.promised.or(self.own_size())
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

/// Bytes as a row of choices; after the last one every choice is the first.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn byte(&mut self) -> u8 {
        let Some((byte, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *byte
    }

    /// Of up to 65,536, evenly; of more, not every one.
    fn below(&mut self, bound: usize) -> usize {
        let high = if bound > 256 { self.byte() } else { 0 };
        let number = usize::from(high) << 8 | usize::from(self.byte());
        if bound > 1 << 16 {
            number * (bound >> 16) % bound
        } else {
            number % bound
        }
    }

    fn many<T>(&mut self, most: usize, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(most + 1)).map(|_| one(self)).collect()
    }

    fn step(&mut self) -> Step {
        let (size, times) = match self.below(12) {
            0 => return Step::Yield,
            1 => return Step::Later,
            2 => return Step::Gate,
            // Now and then more than may be looked at in one poll.
            3 => (0, [1, 70_000][usize::from(self.byte() > 250)]),
            4 => (1, 1),
            5 => (self.below(60), self.below(3000)),
            6 => (self.below(5000), self.below(20)),
            7 => ((16 << 10) - 2 + self.below(5), 1),
            8 => ((64 << 10) - 2 + self.below(5), 1),
            9 => {
                let size = self.below(1 << 18);
                // Now and then enough to prove that a client is fast, and more.
                (size, [1, 60][usize::from(size > 250 << 10)])
            }
            _ => (self.below(1000), 1),
        };
        Step::Give { size, times }
    }

    /// None, some, or more than hyper takes before it sends.
    fn kept(&mut self) -> usize {
        match self.byte() {
            0..128 => 0,
            byte => usize::from(byte) % 20,
        }
    }

    /// What is promised of a source of `size` bytes: nothing, the truth, too little, too much.
    fn promised(&mut self, kind: u8, size: u64) -> Option<u64> {
        match kind % 8 {
            0..=2 => None,
            3..=5 => Some(size),
            6 => Some(size.saturating_sub(1 + self.below(1 << 18) as u64)),
            _ => Some(size + 1 + self.below(1 << 18) as u64),
        }
    }

    /// Ranges of `size` bytes that do not touch each other, in any order; many begin or end where a step does.
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

/// So many parts of `size` in 65,536.
fn share(size: u64, parts: usize) -> u64 {
    let share = u128::from(size) * parts as u128 / (1 << 16);
    u64::try_from(share).expect("a part is no more than the whole")
}
