//! What the worker says on its standard output: frames of a kind, a length and a body.
//!
//! A frame is one byte of kind, four bytes of length (little endian) and the body. The parent trusts none of it: a
//! length over [`MAX_FRAME_BYTES`] or an unknown kind ends the worker.

use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::model::finding::{Finding, Severity};
use crate::model::lonlat::Bbox;
use crate::model::record::{GeometryKind, RefusedRow};
use crate::normalize::TableBegun;

use super::rows::{RowsBatch, RowsTable, RowsWanted};
use super::source::MAX_FILE_BYTES;
use super::tally::{ColumnTally, Kept};

/// Longest body: a batch of 4,096 records with long texts and large polygons stays below it; a single larger record
/// makes the file refused rather than the parent swell.
pub const MAX_FRAME_BYTES: usize = 256 << 20;

/// Bytes of a frame that are believed before they come: a batch of records of a wide sheet has 3 MB.
const USUAL_FRAME_BYTES: usize = 4 << 20;

/// One thing the worker says.
#[derive(Debug)]
pub enum Frame {
    /// A table begins.
    Table(Box<TableBegun>),
    /// Records of it: an Arrow IPC stream of one batch.
    Batch(Vec<u8>),
    /// A finding with its place (a bounded number per code is sent; all are counted in [`TableEnd`]).
    Finding(Box<Finding>),
    /// A row that became no record.
    Refused(Box<RefusedRow>),
    /// The table is complete.
    End(Box<TableEnd>),
    /// So many rows have been read.
    Rows(u64),
    /// The whole file was refused; nothing of it is taken in.
    RefusedWhole(Refusal),
    /// A table of the file as read begins; only where [`Telling::rows`] asks for rows.
    RowsTable(Box<RowsTable>),
    /// Rows of it as found.
    RowsBatch(Box<RowsBatch>),
    /// The file is complete.
    Done,
}

/// What is known of a table at its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableEnd {
    /// Data rows read: neither header nor preamble nor rows without any content.
    pub rows_read: u64,
    /// Records sent.
    pub records: u64,
    /// Rows refused.
    pub refused: u64,
    /// Kind of geometry.
    pub geometry: Option<GeometryKind>,
    /// Box of the geometry.
    pub bbox: Option<Bbox>,
    /// All findings by code.
    pub finding_counts: Vec<(String, Severity, u64)>,
    /// What was found in the cells of each column, in the order of the shape.
    #[serde(default)]
    pub columns: Vec<ColumnTally>,
}

/// Why a file was refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// A stable code.
    pub code: String,
    /// In Japanese, what was found and what to do.
    pub message_ja: String,
    /// The same in English.
    pub message_en: String,
}

/// What the parent says on the worker's standard input: one line of JSON. The files are not sent: the worker opens them
/// by their paths before it gives up the right to open any.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    /// The name of the main file.
    pub file_name: String,
    /// The main file as the parent saw it.
    pub file: JobFile,
    /// Extensions and files of the companions.
    pub companions: Vec<(String, JobFile)>,
    /// Whether the records themselves are wanted, and not only what there is to say of them.
    pub records: bool,
    /// The key the table gets; further tables of the file get `-2`, `-3` …
    pub key: String,
    /// The title the table gets.
    pub title: String,
    /// The publisher's code.
    pub publisher: Option<crate::model::code::MunicipalityCode>,
    /// Display names of columns.
    pub titles: Vec<(String, String)>,
    /// The publisher's boundary as GeoJSON geometries; empty = positions are not compared with one.
    pub bounds: Vec<geojson::Geometry>,
    /// Towns of the settings' gazetteer around the publisher (CSV, `normalize::gazetteer`); empty = only the bundled ones.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub towns: String,
    /// The coordinate system a person gave, `EPSG:6676`; empty = as the file states.
    #[serde(default)]
    pub crs: String,
    /// The operator's grid from the old Tokyo Datum, an absolute path; read only where a table is on that datum.
    #[serde(default)]
    pub datum_grid: Option<std::path::PathBuf>,
    /// What the worker is to tell.
    #[serde(default)]
    pub telling: Telling,
}

/// What a worker is to tell of a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Telling {
    /// How many findings are told with their places.
    pub findings: Kept,
    /// Where set, the worker tells the rows as found and nothing else: no records, no findings.
    pub rows: Option<RowsWanted>,
}

impl Default for Telling {
    fn default() -> Self {
        Self { findings: Kept::FIRST, rows: None }
    }
}

/// A file as it was seen: where it lies, and what tells that it is still the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobFile {
    /// The absolute path as the system's bytes, which need not be text.
    path: Vec<u8>,
    /// Its length in bytes.
    pub bytes: u64,
    /// Device, inode, and the nanoseconds of its last change of content and of anything.
    identity: [i128; 4],
}

impl JobFile {
    /// Looks at the file. What is no plain file (a folder, a pipe) is an error: opening it could wait for ever.
    pub fn see(path: &Path) -> io::Result<Self> {
        let meta = std::fs::metadata(path)?;
        if !meta.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a plain file"));
        }
        Ok(Self {
            path: std::path::absolute(path)?.into_os_string().into_vec(),
            bytes: meta.len(),
            identity: identity(&meta),
        })
    }

    /// Where it lies.
    pub fn path(&self) -> PathBuf {
        PathBuf::from(std::ffi::OsString::from_vec(self.path.clone()))
    }

    /// Whether what was opened is the file as it was seen.
    pub fn is(&self, file: &std::fs::File) -> io::Result<bool> {
        let meta = file.metadata()?;
        Ok(meta.len() == self.bytes && identity(&meta) == self.identity)
    }
}

fn identity(meta: &std::fs::Metadata) -> [i128; 4] {
    use std::os::unix::fs::MetadataExt as _;
    let nanoseconds = |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
    [
        i128::from(meta.dev()),
        i128::from(meta.ino()),
        nanoseconds(meta.mtime(), meta.mtime_nsec()),
        nanoseconds(meta.ctime(), meta.ctime_nsec()),
    ]
}

impl Refusal {
    /// The refusal of a file longer than [`MAX_FILE_BYTES`].
    pub fn too_large(bytes: u64) -> Self {
        Self {
            code: "file-too-large".to_owned(),
            message_ja: format!("ファイルが大きすぎます({bytes}バイト、上限{MAX_FILE_BYTES}バイト)。"),
            message_en: format!("The file is too large ({bytes} bytes; at most {MAX_FILE_BYTES})."),
        }
    }

    /// The refusal of a file without any table.
    pub fn no_table() -> Self {
        Self {
            code: "no-table".to_owned(),
            message_ja:
                "ファイルに見出しとデータのある表がありません。1行目に列の名前、2行目からデータを入れてください。"
                    .to_owned(),
            message_en: "The file holds no table with a header and data; put names of columns in row 1 and data below."
                .to_owned(),
        }
    }

    /// The worker died of the file, broke a limit or spoke nonsense.
    pub fn broken() -> Self {
        Self {
            code: "worker-crashed".to_owned(),
            message_ja: "ファイルの構造が壊れているか大きすぎるため、読み取りを中止しました。元のソフトで開いて保存し直してください。"
                .to_owned(),
            message_en: "The file is broken or too large and reading was stopped; open it in its own program and save it again."
                .to_owned(),
        }
    }

    /// The file was changed while it was read: nothing of it can be trusted to belong together.
    pub fn changed() -> Self {
        Self {
            code: "file-changed".to_owned(),
            message_ja: "読み取っている間にファイルが変更されました。保存が終わってから、もう一度登録してください。"
                .to_owned(),
            message_en: "The file was changed while it was read; wait until it is saved and give it again.".to_owned(),
        }
    }
}

/// The whole first line: the job and what the operator adds to the check before publication.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Errand {
    /// The job. Not flattened: what is flattened cannot hold the 128 bits of a file's identity.
    pub job: Job,
    /// The operator's additions.
    #[serde(default)]
    pub confidential: crate::normalize::confidential::Policy,
}

/// Writes one frame.
pub fn write(out: &mut dyn Write, frame: &Frame) -> io::Result<()> {
    let (kind, body) = match frame {
        Frame::Table(begun) => (b'T', json(begun)?),
        Frame::Batch(bytes) => return write_raw(out, b'B', bytes),
        Frame::Finding(finding) => (b'F', json(finding)?),
        Frame::Refused(row) => (b'R', json(row)?),
        Frame::End(end) => (b'E', json(end)?),
        Frame::Rows(rows) => (b'P', json(rows)?),
        Frame::RefusedWhole(refusal) => (b'X', json(refusal)?),
        Frame::RowsTable(table) => (b'S', json(table)?),
        Frame::RowsBatch(rows) => (b'W', json(rows)?),
        Frame::Done => (b'D', Vec::new()),
    };
    write_raw(out, kind, &body)
}

fn write_raw(out: &mut dyn Write, kind: u8, body: &[u8]) -> io::Result<()> {
    if body.len() > MAX_FRAME_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a frame is too long"));
    }
    let length = u32::try_from(body.len()).map_err(io::Error::other)?;
    out.write_all(&[kind])?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(body)
}

/// Reads the next frame; `None` at a clean end.
///
/// # Errors
/// `InvalidData` where the bytes are no frames (the worker died in the middle, or is not what it should be).
pub fn read(input: &mut dyn Read) -> io::Result<Option<Frame>> {
    let mut head = [0; 5];
    let mut filled = 0;
    while filled < head.len() {
        let count = input.read(&mut head[filled..])?;
        if count == 0 {
            return if filled == 0 { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
        }
        filled += count;
    }
    let [kind, length @ ..] = head;
    let length = usize::try_from(u32::from_le_bytes(length)).map_err(io::Error::other)?;
    if length > MAX_FRAME_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a frame is too long"));
    }
    // Room for a usual batch at once; a longer body has to come before there is room for it.
    let mut body = Vec::with_capacity(length.min(USUAL_FRAME_BYTES));
    input.take(length as u64).read_to_end(&mut body)?;
    if body.len() != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(match kind {
        b'T' => Frame::Table(parse(&body)?),
        b'B' => Frame::Batch(body),
        b'F' => Frame::Finding(parse(&body)?),
        b'R' => Frame::Refused(parse(&body)?),
        b'E' => Frame::End(parse(&body)?),
        b'P' => Frame::Rows(parse(&body)?),
        b'X' => Frame::RefusedWhole(parse(&body)?),
        b'S' => Frame::RowsTable(parse(&body)?),
        b'W' => Frame::RowsBatch(parse(&body)?),
        b'D' => Frame::Done,
        _ => return Err(io::Error::new(io::ErrorKind::InvalidData, "an unknown kind of frame")),
    }))
}

fn json<T: Serialize>(value: &T) -> io::Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(io::Error::other)
}

fn parse<T: serde::de::DeserializeOwned>(body: &[u8]) -> io::Result<T> {
    serde_json::from_slice(body).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_as_they_were_written() -> io::Result<()> {
        let mut bytes = Vec::new();
        write(&mut bytes, &Frame::Rows(7))?;
        write(&mut bytes, &Frame::Batch(vec![1, 2, 3]))?;
        write(&mut bytes, &Frame::Done)?;
        let mut input = bytes.as_slice();
        assert!(matches!(read(&mut input)?, Some(Frame::Rows(7))));
        assert!(matches!(read(&mut input)?, Some(Frame::Batch(body)) if body == [1, 2, 3]));
        assert!(matches!(read(&mut input)?, Some(Frame::Done)));
        assert!(read(&mut input)?.is_none());
        Ok(())
    }

    #[test]
    fn a_worker_that_dies_in_the_middle_is_noticed() {
        for cut in 1..8 {
            let mut bytes = Vec::new();
            write(&mut bytes, &Frame::Batch(vec![1, 2, 3])).expect("memory takes it");
            bytes.truncate(cut);
            assert!(read(&mut bytes.as_slice()).is_err(), "cut at {cut}");
        }
        assert!(read(&mut [b'B', 255, 255, 255, 255].as_slice()).is_err());
        assert!(read(&mut [b'?', 0, 0, 0, 0].as_slice()).is_err());
    }
}
