//! The program `hiraku`.

fn main() -> std::process::ExitCode {
    hiraku::cli::main()
}
