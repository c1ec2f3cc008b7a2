//! The program `hiraku`.

/// The C library's allocator keeps what one part of the program gave up from the others.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    hiraku::cli::main()
}
