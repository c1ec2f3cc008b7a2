//! The fuzz targets as functions of bytes, and what must hold of each. The program of every target (`fuzz_targets/`)
//! calls one of them; `tests/it/seeds.rs` calls all of them with the seeds.

mod archive;
mod checker;
mod targets;

pub use targets::TARGETS;

/// Runs the target of this name; how many records came of the input.
pub fn run(target: &str, data: &[u8]) -> u64 {
    let (_, run) = TARGETS.iter().find(|(name, _)| *name == target).expect("the name of a target");
    run(data)
}
