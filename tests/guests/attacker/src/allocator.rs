//! An allocator that can be made to never come back: the host calls it too, before a hook (to put the
//! message into the guest's memory) and after it (to give back the verdict's).

use std::{
    alloc::{GlobalAlloc, Layout, System},
    hint::black_box,
    sync::atomic::{AtomicU8, Ordering},
};

/// Where it gets stuck.
#[derive(Clone, Copy, PartialEq)]
#[repr(u8)]
pub enum Trap {
    /// At the next allocation, which is the next call's message.
    Allocation = 1,
    /// At the next release.
    Release = 2,
}

static TRAP: AtomicU8 = AtomicU8::new(0);

/// Sets it.
pub fn set_trap(trap: Trap) {
    TRAP.store(trap as u8, Ordering::Relaxed);
}

fn step_on(trap: Trap) {
    if TRAP.load(Ordering::Relaxed) == trap as u8 {
        loop {
            black_box(0);
        }
    }
}

struct Trapped;

// SAFETY: it is the system's, or it does not return.
unsafe impl GlobalAlloc for Trapped {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        step_on(Trap::Allocation);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        step_on(Trap::Release);
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Trapped = Trapped;
