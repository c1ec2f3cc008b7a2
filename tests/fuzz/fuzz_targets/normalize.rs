//! Cells of every standard sheet: the first byte chooses the sheet, the rest are rows of tab-separated cells in the order
//! of its fields. Nothing but normalize and its reader of rows stands between the mutation and the values.
#![no_main]

use hiraku::schema::Schemas;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((choice, cells)) = data.split_first() else { return };
    let sheets: Vec<_> = Schemas::bundled().sheets().iter().filter(|sheet| !sheet.fields.is_empty()).collect();
    let sheet = sheets[usize::from(*choice) % sheets.len()];
    let header: Vec<&str> = sheet.fields.iter().map(|field| field.name.as_str()).collect();
    let mut file = header.join("\t").into_bytes();
    file.push(b'\n');
    file.extend_from_slice(cells);
    hiraku_fuzz::ingest(&format!("242039_{}.tsv", sheet.slug), &file, &[]);
});
