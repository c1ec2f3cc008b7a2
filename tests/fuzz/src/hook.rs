//! What a panic means while fuzzing.

/// Crates whose panics the reader of Parquet turns into a refusal (`read::parquet`), as the folders of a registry are named.
const GUARDED: [&str; 2] = ["/parquet-", "/arrow-"];

/// Lets a panic of the guarded libraries unwind, as it does in the program; any other ends the run at once. One of theirs
/// that nothing catches ends it too, at the fuzzer's own border.
pub(crate) fn let_libraries_panic() {
    let end = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map_or("", |location| location.file());
        if GUARDED.iter().any(|name| place.contains(name)) {
            eprintln!("a library gave up at {place}: {}", panic.payload_as_str().unwrap_or("no word"));
        } else {
            end(panic);
        }
    }));
}
