//! Checks the contract of a body with random cases. See `tests::contract`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tests::contract;

fuzz_target!(|input: &[u8]| contract::holds_for(input));
