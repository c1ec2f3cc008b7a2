//! The parts of a Shapefile: .shp, .dbf, .prj, .cpg.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let parts = hiraku_fuzz::parts(data);
    let companions: Vec<(&str, &[u8])> = ["dbf", "prj", "cpg"].into_iter().zip(parts.iter().skip(1).copied()).collect();
    hiraku_fuzz::ingest("a.shp", parts[0], &companions);
});
