//! Reproducible pseudorandom numbers.

/// The generator xorshift64*.
#[derive(Debug)]
pub struct Random(u64);

impl Random {
    /// Creates a generator for a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Returns a number less than `bound`.
    ///
    /// # Panics
    /// Panics if `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let scrambled = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(scrambled).expect("31 bits") % bound
    }
}

/// Returns the number in an environment variable, or `default` if it is not set.
///
/// # Panics
/// Panics if the value is not a number.
pub fn number(variable: &str, default: u64) -> u64 {
    let text = std::env::var(variable);
    text.map_or(default, |text| text.parse().expect("a number"))
}

/// Prints an environment variable and its value when a test fails. Setting the variable repeats the failure.
#[derive(Debug)]
pub struct PrintSeedOnPanic(pub &'static str, pub u64);

impl Drop for PrintSeedOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}={}", self.0, self.1);
        }
    }
}
