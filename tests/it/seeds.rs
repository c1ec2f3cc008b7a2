//! The seeds of the fuzz targets, each read and normalized in this build: an input that once broke something is kept
//! there and looked at with every run of the tests, also where no fuzzer is.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[path = "../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "it is the library of the fuzz programs, too")]
mod fuzz;

/// Seeds are many and read by every run: none is longer.
const LONGEST_SEED_BYTES: usize = 64 << 10;

fn seeds() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/seeds")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name in ASCII")).collect()
}

#[test]
fn every_target_has_seeds_and_a_program() {
    let targets: BTreeSet<String> = fuzz::TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names(&seeds()), targets);
    let mut programs: BTreeSet<String> = targets.iter().map(|name| format!("{name}.rs")).collect();
    programs.insert("all.rs".to_owned());
    assert_eq!(names(&seeds().with_file_name("fuzz_targets")), programs);
}

#[test]
fn every_seed_keeps_what_must_hold_and_every_target_makes_records() {
    // The stack of the worker's threads, with which readers of nested things are measured.
    let run = std::thread::Builder::new().stack_size(8 << 20).spawn(run_all).expect("a thread");
    run.join().expect("every seed keeps what must hold; the last one named did not");
}

fn run_all() {
    for (target, _) in fuzz::TARGETS {
        let folder = seeds().join(target);
        let mut most = 0;
        for name in names(&folder) {
            let bytes = fs::read(folder.join(&name)).expect("a seed");
            assert!(bytes.len() <= LONGEST_SEED_BYTES, "{target}/{name}: {} bytes", bytes.len());
            // Shown where the run fails: which seed it was.
            println!("{target}/{name}");
            most = most.max(fuzz::run(target, &bytes));
        }
        assert!(most > 0, "no seed of {target} gets as far as a record");
    }
}
