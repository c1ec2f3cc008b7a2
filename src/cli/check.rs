//! `hiraku check`: what is wrong with files, without a database.

use std::collections::HashSet;
use std::io::{BufWriter, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::arguments::{Check, crs, must_exist, publisher};
use super::progress::Reading;
use super::{Outcome, Usage, say};
use crate::config::Config;
use crate::model::code::MunicipalityCode;
use crate::pipeline::frames::{Frame, Refusal};
use crate::pipeline::source::{Defaults, Found, SourceTable, discover};
use crate::pipeline::supervise::WorkerCommand;
use crate::pipeline::tally::Kept;
use crate::report::check::Checked;
use crate::report::collect::Collector;
use crate::report::fix::{Fix, Fixed, Forms, Into as FixInto, may_write, persist};
use crate::report::sample::{Sample, samples};
use crate::report::{FileReport, Verdict, csv, html, text, told, workbook};

/// The code of no municipality: stands for "not known" while files are looked for.
const NOBODY: &str = "00000";

/// Runs the command.
pub fn run(arguments: &Check, config: &Config, json: bool) -> anyhow::Result<Outcome> {
    must_exist(&arguments.files)?;
    let publisher = publisher(arguments.publisher.as_deref())?;
    let crs = crs(arguments.crs.as_deref())?;
    // A file may be checked without its publisher being known; then nothing is compared with it.
    let stand_in = publisher.or_else(|| MunicipalityCode::from_five(NOBODY).ok());
    let found = discover(&arguments.files, &Defaults { publisher: stand_in, licence: String::new(), crs })?;
    if found.is_empty() {
        return Err(Usage("no data file was found / データのファイルが見つかりません".to_owned()).into());
    }
    let towns = super::arguments::towns(arguments.gazetteer.as_deref())?;
    let plan = Plan::new(arguments, &found)?;
    let worker = WorkerCommand::of(&std::env::current_exe()?)
        .with_datum_grid(&config.datum_grid)
        .with_policy(super::confidential::policy(config)?);
    let mut done = Done::default();
    for item in found {
        match item {
            Found::Refused(refused) => {
                let mut collector = Collector::new(refused.file, 0);
                collector.take(Frame::RefusedWhole(Refusal {
                    code: refused.code,
                    message_ja: refused.message_ja,
                    message_en: refused.message_en,
                }))?;
                done.reports.push((collector.finish(), Vec::new()));
            }
            Found::Dataset(source) => {
                let publisher = (source.publisher.five() != NOBODY).then_some(source.publisher);
                for file in &source.tables {
                    let checked = Checked { worker: &worker, source: &source, file, publisher, towns: &towns };
                    plan.check(&checked, &mut done)?;
                }
            }
        }
    }
    plan.write_all(&done)?;
    let Done { reports, fixed, .. } = done;
    let (reports, _): (Vec<FileReport>, Vec<Vec<Sample>>) = reports.into_iter().unzip();
    if json {
        let reports: Vec<_> = reports.iter().map(told::told).collect();
        say(&format!("{}\n", serde_json::to_string_pretty(&reports)?));
    } else {
        let colours = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        say(&text::text(&reports, text::Look { colours }));
        for fixed in &fixed {
            for file in &fixed.files {
                say(&format!("書き出しました / written: {}\n", file.display()));
            }
            for (ja, en) in &fixed.left_out {
                say(&format!("書き出していません / not written: {ja} {en}\n"));
            }
        }
    }
    let worst = reports.iter().map(FileReport::verdict).max().unwrap_or(Verdict::Clean);
    let limit = if arguments.strict { Verdict::Warning } else { Verdict::Hold };
    Ok(if worst >= limit { Outcome::DataErrors } else { Outcome::Done })
}

/// What has been done so far.
#[derive(Default)]
struct Done {
    reports: Vec<(FileReport, Vec<Sample>)>,
    fixed: Vec<Fixed>,
    /// Files written in this run: no two tables may have the same.
    taken: HashSet<PathBuf>,
}

/// Where everything goes, decided before the first file is read.
struct Plan<'a> {
    arguments: &'a Check,
    sources: Vec<PathBuf>,
    workbook: Option<WorkbookPlace>,
    fix: Option<(PathBuf, Option<String>, Forms)>,
}

/// Where marked workbooks go.
enum WorkbookPlace {
    /// The workbook of the only file.
    File(PathBuf),
    /// One for each file.
    Folder(PathBuf),
}

impl<'a> Plan<'a> {
    fn new(arguments: &'a Check, found: &[Found]) -> anyhow::Result<Self> {
        let mut sources = Vec::new();
        let mut files = 0_usize;
        for item in found {
            if let Found::Dataset(source) = item {
                for table in &source.tables {
                    files += 1;
                    sources.push(table.path.clone());
                    sources.extend(table.companions.iter().map(|(_, path)| path.clone()));
                }
            }
        }
        let is_single = files == 1 && found.len() == 1;
        let mut plan = Self { arguments, sources, workbook: None, fix: None };
        for path in [&arguments.html, &arguments.csv].into_iter().flatten() {
            plan.free(path)?;
        }
        if let Some(path) = &arguments.workbook {
            plan.workbook = Some(if ends_with(path, "xlsx") && !path.is_dir() {
                if !is_single {
                    return Err(Usage(
                        "--workbook: for several files name a folder / 複数のファイルではフォルダを指定してください"
                            .to_owned(),
                    )
                    .into());
                }
                plan.free(path)?;
                WorkbookPlace::File(path.clone())
            } else {
                WorkbookPlace::Folder(folder(path)?)
            });
        }
        if let Some(path) = &arguments.fix {
            let forms = [ends_with(path, "csv"), ends_with(path, "xlsx")];
            plan.fix = Some(if forms.contains(&true) && !path.is_dir() {
                if !is_single {
                    return Err(Usage(
                        "--fix: for several files name a folder / 複数のファイルではフォルダを指定してください"
                            .to_owned(),
                    )
                    .into());
                }
                plan.free(path)?;
                let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
                let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
                let [csv, xlsx] = forms;
                (parent.to_owned(), stem, Forms { csv, xlsx })
            } else {
                (folder(path)?, None, Forms { csv: true, xlsx: true })
            });
        }
        Ok(plan)
    }

    /// A file may be written here.
    fn free(&self, path: &Path) -> anyhow::Result<()> {
        may_write(path, self.arguments.force, &self.sources)
            .map_err(|error| Usage(format!("{}: {error}", path.display())).into())
    }

    fn check(&self, checked: &Checked<'_>, done: &mut Done) -> anyhow::Result<()> {
        let arguments = self.arguments;
        let all = arguments.csv.is_some() || arguments.workbook.is_some() || arguments.fix.is_some();
        let mut fix = self.fix.as_ref().map(|(folder, stem, forms)| {
            let into = FixInto {
                folder,
                stem: stem.as_deref(),
                forms: *forms,
                force: arguments.force,
                sources: &self.sources,
            };
            Fix::new(into, checked.file.stem(), checked.publisher)
        });
        let reading = Reading::begin(&checked.file.file_name());
        let report = checked.report(if all { Kept::ALL } else { Kept::FIRST }, &mut |frame| {
            reading.see(frame);
            if let Some(fix) = &mut fix {
                fix.see(frame);
            }
        })?;
        reading.end();
        if let Some(fix) = fix {
            done.fixed.push(fix.finish(&report, &mut done.taken)?);
        }
        if let Some(place) = &self.workbook {
            let path = match place {
                WorkbookPlace::File(path) => path.clone(),
                WorkbookPlace::Folder(folder) => free_workbook(folder, checked.file, &done.taken),
            };
            self.free(&path)?;
            write_to(&path, arguments.force, |file| Ok(workbook::write(&report, checked, file).map(drop)?))?;
            done.taken.insert(path);
        }
        let samples = if arguments.html.is_some() { samples(&report, checked)? } else { Vec::new() };
        done.reports.push((report, samples));
        Ok(())
    }

    /// The forms that hold all files.
    fn write_all(&self, done: &Done) -> anyhow::Result<()> {
        let force = self.arguments.force;
        if let Some(path) = &self.arguments.html {
            let page = html::html(&done.reports)?;
            write_to(path, force, |file| Ok(file.write_all(page.as_bytes())?))?;
        }
        if let Some(path) = &self.arguments.csv {
            let reports = done.reports.iter().map(|(report, _)| report);
            write_to(path, force, |file| Ok(csv::write(reports, BufWriter::new(file))?))?;
        }
        Ok(())
    }
}

fn ends_with(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(ending))
}

fn folder(path: &Path) -> anyhow::Result<PathBuf> {
    if path.exists() && !path.is_dir() {
        return Err(Usage(format!("{}: this is no folder / フォルダではありません", path.display())).into());
    }
    std::fs::create_dir_all(path)?;
    Ok(path.to_owned())
}

/// `<name>_指摘.xlsx`, with a number where two files of this run have the same name.
fn free_workbook(folder: &Path, file: &SourceTable, taken: &HashSet<PathBuf>) -> PathBuf {
    let stem = file.stem();
    let first = folder.join(format!("{stem}_指摘.xlsx"));
    let mut numbered = (2_u32..).map(|number| folder.join(format!("{stem}_指摘-{number}.xlsx")));
    std::iter::once(first.clone()).chain(&mut numbered).find(|path| !taken.contains(path)).unwrap_or(first)
}

/// Writes a file that appears whole or not at all.
pub(super) fn write_to(
    path: &Path,
    force: bool,
    write: impl FnOnce(&mut std::fs::File) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = NamedTempFile::new_in(parent).map_err(|error| anyhow::anyhow!("{}: {error}", parent.display()))?;
    write(file.as_file_mut())?;
    Ok(persist(file, path, force)?)
}
