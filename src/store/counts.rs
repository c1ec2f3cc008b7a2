//! Access figures: `counts.duckdb`, rolled up from the segments in `counts/segments/`.
//!
//! The database is opened for one piece of work at a time and closed again, under a lock file that all processes of
//! this program obey: a command may report while the server runs. Whoever rolls up, and however often, the outcome is
//! the same: the figures of a day are made anew from all its records, and replace the former ones in the transaction
//! that also notes which segments they were made from.
//!
//! A day is *open* until 48 hours after it began; then it is closed: its figures never change again, and segments that
//! hold nothing but closed days are removed, tokens and all, once the
//! identity-free archive of each such day lies on the disk (`counts/archive/YYYY/YYYY-MM-DD.parquet`, its digest in the
//! table `archives`). Figures of an open day whose segments are missing are kept
//! as they are: missing is not zero.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::{StoreError, StoreOptions};
use crate::count::CountError;
use crate::count::compare::Comparison;
use crate::count::definition::Definition;
use crate::count::kpi::PublicRow;
use crate::count::report::{Circumstances, Report};
use crate::count::target::Target;
use crate::model::time::FiscalYear;

mod compare;
mod day;
mod figures;
mod import;
mod kpi;
mod logs;
mod read;
mod roll_up;
mod statistics;
mod verify;
mod year;

pub use import::Imported;
pub use logs::LogDays;
pub use verify::{Difference, VerifiedDay};

/// How long one piece of work waits for another: a roll-up of a million answers takes a few seconds.
const LOCK_PATIENCE: Duration = Duration::from_mins(1);
const LOCK_STEP: Duration = Duration::from_millis(20);

/// The figures of one data directory.
#[derive(Debug)]
pub struct Counts {
    database: PathBuf,
    folder: PathBuf,
    options: StoreOptions,
    /// Within the process; the lock file stands between processes.
    turn: Mutex<()>,
    /// What was last noted as public, so that nothing is written where nothing changed.
    noted: Mutex<Vec<PublicRow>>,
}

/// What a roll-up did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RollUp {
    /// Days whose figures were made anew.
    pub renewed: Vec<jiff::civil::Date>,
    /// Days that were closed.
    pub closed: Vec<jiff::civil::Date>,
    /// Open days whose figures were kept as they are because segments they were made from are missing.
    pub kept: Vec<jiff::civil::Date>,
    /// Answers that belong to days already closed; they are numbered as lost.
    pub late_answers: u64,
    /// Segments removed because all their days are closed.
    pub removed_segments: usize,
    /// Segments that could not be read, with the reason. Their answers are missing until they can.
    pub unreadable: Vec<String>,
    /// Archives that could not be written, with the reason. Their days stay open, their segments stay.
    pub unarchived: Vec<String>,
}

/// A folder for records of logs.
#[derive(Debug)]
pub struct Spool {
    folder: tempfile::TempDir,
    _lock: File,
}

impl Spool {
    /// Where it lies.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Where the files of the figures lie.
#[derive(Debug)]
struct Places {
    segments: PathBuf,
    archive: PathBuf,
}

impl Counts {
    /// Opens or creates the figures of the data directory `data`.
    pub fn open(data: &Path, options: StoreOptions) -> Result<Self, StoreError> {
        let folder = data.join("counts");
        fs::create_dir_all(&folder).map_err(file_error(&folder))?;
        let counts = Self {
            database: data.join("counts.duckdb"),
            folder,
            options,
            turn: Mutex::new(()),
            noted: Mutex::default(),
        };
        counts.with(|connection| Ok(connection.execute_batch(TABLES)?))?;
        Ok(counts)
    }

    /// Keeps what targets are called and belong to. Called when a catalogue is published or served; open days are made
    /// anew where something changed.
    pub fn remember_targets(&self, targets: &[Target]) -> Result<(), StoreError> {
        self.with(|connection| figures::remember_targets(connection, targets))
    }

    /// Keeps the definition under its id, so that every figure's rules can be read later.
    pub fn remember_definition(&self, definition: &Definition) -> Result<(), StoreError> {
        self.with(|connection| figures::remember_definition(connection, definition))
    }

    /// Makes the figures of all open days with new records anew, closes days whose time has come and removes their
    /// segments. May run at any time, in any process, any number of times.
    pub fn roll_up(&self, now: jiff::Timestamp) -> Result<RollUp, StoreError> {
        self.with(|connection| roll_up::roll_up(connection, &self.places(), now))
    }

    /// Makes the figures of the days from `first` to `last` again, closed days from their archives and open ones from
    /// their segments, and compares them with those that are kept, cell by cell. What is new is rolled up before. `see`
    /// gets each day as soon as it is compared, with the number of days in all.
    pub fn verify(
        &self,
        first: jiff::civil::Date,
        last: jiff::civil::Date,
        now: jiff::Timestamp,
        see: &mut dyn FnMut(usize, &VerifiedDay),
    ) -> Result<Vec<VerifiedDay>, StoreError> {
        self.with(|connection| verify::verify(connection, &self.places(), (first, last), now, see))
    }

    /// Copies sealed segments of other servers in (files, or folders of `.seg` files) and rolls up: in any order, any
    /// number of times. A segment of a day that is still open renews that day's figures; answers of a closed day are
    /// late for good – the tokens they would have to be compared with are gone – and numbered as lost. `see` gets
    /// each file with the number of files in all.
    pub fn import(
        &self,
        paths: &[PathBuf],
        now: jiff::Timestamp,
        see: &mut dyn FnMut(usize, &str),
    ) -> Result<Imported, StoreError> {
        self.with(|connection| import::import(connection, &self.places(), paths, now, see))
    }

    /// What figures are known to point at.
    pub fn targets(&self) -> Result<Vec<Target>, StoreError> {
        self.with(|connection| logs::targets(connection))
    }

    /// A folder for the records of logs while they are read; it goes with the value. What a killed import left is
    /// removed: nobody else may import at the same time.
    pub fn spool(&self) -> Result<Spool, StoreError> {
        let path = self.folder.join("import.lock");
        let lock = fs::OpenOptions::new().create(true).write(true).truncate(false).open(&path);
        let lock = lock.map_err(file_error(&path))?;
        lock.try_lock().map_err(|error| file_error(&path)(error.into()))?;
        for entry in fs::read_dir(&self.folder).map_err(file_error(&self.folder))? {
            let path = entry.map_err(file_error(&self.folder))?.path();
            if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("importing-")) {
                fs::remove_dir_all(&path).map_err(file_error(&path))?;
            }
        }
        let folder = tempfile::Builder::new().prefix("importing-").tempdir_in(&self.folder);
        Ok(Spool { folder: folder.map_err(file_error(&self.folder))?, _lock: lock })
    }

    /// Makes the figures of the days whose records lie in a spool: each day at once, with its archive, and only days
    /// that have no figures yet and are over for 48 hours. `see` gets each day with the number of all.
    pub fn take_log_days(
        &self,
        spool: &Spool,
        now: jiff::Timestamp,
        see: &mut dyn FnMut(usize, jiff::civil::Date),
    ) -> Result<LogDays, StoreError> {
        // What the server itself has counted comes first.
        self.roll_up(now)?;
        self.with(|connection| logs::take_days(connection, &self.places(), spool.path(), now, see))
    }

    /// What candidates counted in shadow on days from `first` to `last`, beside what was published on the same days.
    pub fn comparisons(
        &self,
        first: jiff::civil::Date,
        last: jiff::civil::Date,
    ) -> Result<Vec<Comparison>, StoreError> {
        self.with(|connection| compare::comparisons(connection, (first, last)))
    }

    fn places(&self) -> Places {
        Places { segments: self.folder.join("segments"), archive: self.folder.join("archive") }
    }

    /// The report of a fiscal year, from the figures as rolled up.
    pub fn report(&self, year: FiscalYear, circumstances: &Circumstances) -> Result<Report, StoreError> {
        let sources = self.with(|connection| year::sources(connection, year))?;
        Ok(Report::new(year, &sources, circumstances))
    }

    /// Runs `work` on the path of the database while nobody has it open: for a backup.
    pub fn while_closed<T>(&self, work: impl FnOnce(&Path) -> std::io::Result<T>) -> Result<T, StoreError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let _lock = self.lock()?;
        work(&self.database).map_err(file_error(&self.database))
    }

    fn with<T>(&self, work: impl FnOnce(&mut duckdb::Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let _lock = self.lock()?;
        let config = duckdb::Config::default()
            .enable_external_access(false)?
            .enable_autoload_extension(false)?
            .with("autoinstall_known_extensions", "false")?
            .with("allow_community_extensions", "false")?
            .max_memory(&format!("{}MiB", self.options.memory_mib))?
            .threads(i64::from(self.options.threads))?;
        let mut connection = duckdb::Connection::open_with_flags(&self.database, config)?;
        connection.execute_batch("SET TimeZone = 'UTC'; SET lock_configuration = true;")?;
        work(&mut connection)
    }

    fn lock(&self) -> Result<File, StoreError> {
        let path = self.folder.join("figures.lock");
        let file =
            fs::OpenOptions::new().create(true).write(true).truncate(false).open(&path).map_err(file_error(&path))?;
        let mut waited = Duration::ZERO;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(fs::TryLockError::WouldBlock) if waited < LOCK_PATIENCE => {
                    std::thread::sleep(LOCK_STEP);
                    waited += LOCK_STEP;
                }
                Err(error) => return Err(file_error(&path)(error.into())),
            }
        }
    }
}

fn file_error(path: &Path) -> impl FnOnce(std::io::Error) -> StoreError + use<> {
    let path = path.display().to_string();
    move |source| StoreError::File { path, source }
}

impl From<CountError> for StoreError {
    fn from(error: CountError) -> Self {
        match error {
            CountError::File { path, source } => Self::File { path, source },
            other => Self::Stored { what: "counting segment", detail: other.to_string() },
        }
    }
}

/// What a definition in force counted stands in `figures` and `served`, what a candidate counted in shadow in tables of
/// its own: a sum over the former never takes one answer twice.
///
/// No keys, indexes or sequences: uniqueness comes from replacing a day within one transaction.
const TABLES: &str = "
CREATE TABLE IF NOT EXISTS definitions (
    id VARCHAR NOT NULL, version UINTEGER NOT NULL, title VARCHAR NOT NULL, text VARCHAR NOT NULL,
    networks VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS targets (
    id UUID NOT NULL, kind VARCHAR NOT NULL, dataset UUID, layer UUID, organization VARCHAR NOT NULL,
    name VARCHAR NOT NULL, title VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS figures (
    day DATE NOT NULL, measure VARCHAR NOT NULL, target UUID NOT NULL, class VARCHAR NOT NULL,
    definition VARCHAR NOT NULL, value UBIGINT NOT NULL, computed_at TIMESTAMP NOT NULL);
CREATE TABLE IF NOT EXISTS served (
    day DATE NOT NULL, hour UTINYINT NOT NULL, class VARCHAR NOT NULL, verdict VARCHAR NOT NULL,
    definition VARCHAR NOT NULL, answers UBIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS shadow_figures (
    day DATE NOT NULL, measure VARCHAR NOT NULL, target UUID NOT NULL, class VARCHAR NOT NULL,
    definition VARCHAR NOT NULL, value UBIGINT NOT NULL, computed_at TIMESTAMP NOT NULL);
CREATE TABLE IF NOT EXISTS shadow_served (
    day DATE NOT NULL, hour UTINYINT NOT NULL, class VARCHAR NOT NULL, verdict VARCHAR NOT NULL,
    definition VARCHAR NOT NULL, answers UBIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS archives (
    day DATE NOT NULL, sha256 VARCHAR NOT NULL, bytes UBIGINT NOT NULL, rows UBIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS removed_segments (replica UINTEGER NOT NULL, number UBIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS coverage (
    day DATE NOT NULL, hour UTINYINT NOT NULL, minutes_up UBIGINT NOT NULL, minutes_live UBIGINT NOT NULL,
    lost UBIGINT NOT NULL, gaps UBIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS applied_segments (
    replica UINTEGER NOT NULL, number UBIGINT NOT NULL, day DATE NOT NULL, entries UBIGINT NOT NULL,
    sealed BOOLEAN NOT NULL);
CREATE TABLE IF NOT EXISTS late_answers (day DATE NOT NULL, answers UBIGINT NOT NULL, noted_at TIMESTAMP NOT NULL);
CREATE TABLE IF NOT EXISTS closed_days (day DATE NOT NULL, closed_at TIMESTAMP NOT NULL);
CREATE TABLE IF NOT EXISTS pending (what VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS public_things (
    day DATE NOT NULL, organization VARCHAR NOT NULL, datasets UBIGINT NOT NULL, layers UBIGINT NOT NULL,
    noted_at TIMESTAMP NOT NULL);
CREATE TABLE IF NOT EXISTS kpi_entries (
    number UBIGINT NOT NULL, organization VARCHAR NOT NULL, fiscal_year SMALLINT NOT NULL, indicator VARCHAR NOT NULL,
    target UBIGINT, reported UBIGINT, source VARCHAR NOT NULL, decided DATE NOT NULL, note VARCHAR NOT NULL,
    entered_at TIMESTAMP NOT NULL);
";
