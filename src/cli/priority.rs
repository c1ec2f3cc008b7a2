//! What a server takes of the machine: work that nobody waits for gives way to answers, and memory comes in small pages.

/// Nice value of background threads: beside a thread that answers, one gets a tenth of a processor.
const BACKGROUND: i32 = 10;

/// Lowers the priority of the thread that calls this.
pub(super) fn give_way() {
    // Linux takes process 0 as the calling thread. Where it is refused, the work is done all the same.
    if let Err(error) = rustix::process::setpriority_process(None, BACKGROUND) {
        tracing::debug!(%error, "the priority of a background thread stays");
    }
}

/// Makes all parallel work (tiles, files) give way. Called once, before there is any.
pub(super) fn background_pool() {
    let pool = rayon::ThreadPoolBuilder::new().start_handler(|_| give_way()).build_global();
    if let Err(error) = pool {
        tracing::debug!(%error, "the pool was there already");
    }
}

/// Takes memory in pages of 4 KiB, where the system would give the allocator two MiB at its first byte: a server holds
/// little for a long time (an empty catalogue: 6 MiB of its own instead of 49).
pub(super) fn small_pages() {
    if let Err(error) = rustix::thread::disable_transparent_huge_pages(true) {
        tracing::debug!(%error, "memory comes in large pages");
    }
}
