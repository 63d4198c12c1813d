//! What takes too much: memory, handles, log lines, output, state, randomness.

use crate::heyyo::hooks::{log, state};
use std::{hint::black_box, io::Write};

const MIB: usize = 1 << 20;

/// Takes memory until there is no more, and dies of it.
pub fn memory() {
    let mut taken = vec![];
    loop {
        taken.push(vec![1u8; MIB]);
        black_box(&taken);
    }
}

/// Takes memory until there is no more, and says how many MiB there were.
pub fn try_memory() -> usize {
    let mut taken: Vec<Vec<u8>> = vec![];
    loop {
        let mut more = Vec::new();
        if more.try_reserve_exact(MIB).is_err() {
            return taken.len();
        }
        more.resize(MIB, 1u8);
        taken.push(more);
        black_box(&taken);
    }
}

/// Fills much memory in few instructions, over and over.
pub fn fill() {
    let mut taken = vec![0u8; 48 * MIB];
    loop {
        taken.fill(black_box(7));
        black_box(&taken);
    }
}

/// Asks for pollables and lets none go.
pub fn handles() {
    let mut held = vec![];
    loop {
        held.push(wasip2::clocks::monotonic_clock::subscribe_duration(
            1_000_000_000_000,
        ));
    }
}

/// Logs without end.
pub fn log() {
    loop {
        log::write(
            log::Level::Info,
            "flood flood flood flood flood flood flood flood",
        );
    }
}

/// Prints without end.
pub fn stdout() {
    loop {
        println!("flood flood flood flood flood flood flood flood");
        let _ = std::io::stderr().write_all(b"flood flood flood flood\n");
    }
}

/// Sets keys until one is refused; says which and why.
pub fn state() -> String {
    let value = vec![7u8; 64 << 10];
    let mut number = 0;
    loop {
        if let Err(error) = state::set(&format!("key {number}"), &value, None) {
            return format!("{number} then {error:?}");
        }
        number += 1;
    }
}

/// Asks for that many random bytes at once.
pub fn random(bytes: u64) {
    black_box(wasip2::random::random::get_random_bytes(bytes));
}
