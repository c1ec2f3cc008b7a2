//! What a reader accepts at most. Every number has its arithmetic beside it.

/// Limits of one file. [`ReadLimits::default`] fits a worker process with 1 GiB of address space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadLimits {
    /// Bytes of the main file and of each companion. Ten million rows of sheet 08 are 4.2 GB; twice that. The bytes are
    /// mapped and not held, so that their number costs address space and time only.
    pub file_bytes: usize,
    /// Bytes of what is held whole: decoded text of a JSON file that is not UTF-8, a file inside of an archive. Together
    /// with what the program needs besides it stays below 512 MiB.
    pub held_bytes: usize,
    /// Bytes of one record of delimited text: a spreadsheet's 16,384 cells of 512 characters of three bytes each.
    pub record_bytes: usize,
    /// Rows of one table. 1,048,576 is a full spreadsheet; national tables of parcels reach some ten million.
    pub rows: u64,
    /// Columns of one table. The widest standard sheet has 118; a day per column for five years is 1,826.
    pub columns: usize,
    /// Cells of one workbook after merged cells are spread: a full sheet of 1,048,576 rows × 48 columns.
    pub cells: u64,
    /// Bytes of one cell. A spreadsheet cell holds 32,767 characters (98 kB as UTF-8); outlines written as text are longer.
    pub cell_bytes: usize,
    /// Line breaks inside one quoted cell, beyond which the quotation mark is taken as never closed.
    /// A spreadsheet allows 253 in a cell; four times that.
    pub cell_lines: usize,
    /// Unpacked bytes of all parts of a workbook together, counted while unpacking. A full sheet of 1,048,576 rows × 10
    /// columns of numbers has about 250 MB of XML; half as much again still fits the worker beside the packed file.
    pub unpacked_bytes: usize,
    /// Unpacked bytes for one packed byte, looked at once 16 MiB are unpacked. Deflate cannot exceed 1,032; sheets of
    /// equal rows reach about 100.
    pub unpack_ratio: usize,
    /// Entries of a zip archive. A workbook has about 10 and one or two for each sheet.
    pub zip_entries: usize,
    /// Sheets of one workbook; one a day for a year is 366.
    pub sheets: usize,
    /// Merged ranges of one sheet; the worst known municipal table has about 2,000.
    pub merges: usize,
    /// Depth of nested brackets in JSON and elements in XML. A MultiPolygon inside a FeatureCollection needs 8.
    pub nesting: usize,
    /// Vertices of one feature, or of all of a file that is held whole, 16 bytes each.
    pub vertices: u64,
    /// Vertices of a file whose features are held one at a time: of them only the time grows. Ten million buildings have
    /// a hundred million.
    pub file_vertices: u64,
    /// Steps of the assembly of one polygon's rings (one step looks at one vertex): about a second.
    pub ring_steps: u64,
}

impl Default for ReadLimits {
    fn default() -> Self {
        Self {
            file_bytes: 8 << 30,
            held_bytes: 384 << 20,
            record_bytes: 24 << 20,
            rows: 20_000_000,
            columns: 2_000,
            cells: 50_000_000,
            cell_bytes: 4 << 20,
            cell_lines: 1_000,
            unpacked_bytes: 384 << 20,
            unpack_ratio: 400,
            zip_entries: 2_000,
            sheets: 500,
            merges: 100_000,
            nesting: 64,
            vertices: 50_000_000,
            file_vertices: 1_000_000_000,
            ring_steps: 300_000_000,
        }
    }
}
