//! The tables of a GTFS-JP feed.
#![no_main]

const NAMES: [&str; 8] = [
    "agency.txt", "stops.txt", "routes.txt", "trips.txt", "stop_times.txt", "calendar.txt", "shapes.txt", "feed_info.txt",
];

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let parts: Vec<(&str, &[u8])> = NAMES.into_iter().zip(hiraku_fuzz::parts(data)).collect();
    hiraku_fuzz::ingest("feed.zip", &hiraku_fuzz::zip_of(&parts), &[]);
});
