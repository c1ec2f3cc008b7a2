//! All targets in one program; the environment variable `FUZZ_TARGET` names the one that runs. Its memory is watched: a
//! length or count that an input only declares must not be believed before its bytes have come.
#![no_main]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::LazyLock;

#[expect(clippy::disallowed_methods, reason = "the arguments are the fuzzer's own")]
static TARGET: LazyLock<String> = LazyLock::new(|| std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET names a target"));

#[path = "../src/hook.rs"]
mod hook;

libfuzzer_sys::fuzz_target!(init: hook::let_libraries_panic(), |data: &[u8]| {
    hiraku_fuzz::run(&TARGET, data);
});

/// Four times what an archive may unpack to within the limits of the targets.
const LARGEST_BYTES: usize = 64 << 20;

struct Watched;

#[global_allocator]
static WATCHED: Watched = Watched;

fn watch(bytes: usize) {
    if bytes > LARGEST_BYTES {
        eprintln!("ERROR: {bytes} bytes are asked for at once");
        std::process::abort();
    }
}

// SAFETY: every call goes on to the system's allocator as it came.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        watch(layout.size());
        // SAFETY: the caller keeps what the trait asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        watch(layout.size());
        // SAFETY: the caller keeps what the trait asks for.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        watch(bytes);
        // SAFETY: the caller keeps what the trait asks for.
        unsafe { System.realloc(pointer, layout, bytes) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps what the trait asks for.
        unsafe { System.dealloc(pointer, layout) }
    }
}
