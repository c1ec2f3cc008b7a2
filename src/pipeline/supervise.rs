//! The parent's side of the worker: starts one child per file, tells it where the file lies, watches the deadline, hands
//! its frames on.

use std::io::{self, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use super::frames::{Errand, Frame, Job, Refusal, read};
use crate::normalize::confidential::Policy;

/// How a worker is started.
#[derive(Debug, Clone)]
pub struct WorkerCommand {
    /// This program.
    pub program: PathBuf,
    /// Longest time for one file of usual size. A million rows take well under a minute on one slow core.
    pub deadline: Duration,
    /// What the operator adds to the check before publication.
    pub confidential: Policy,
    /// The operator's grid from the old Tokyo Datum, an absolute path.
    pub datum_grid: Option<PathBuf>,
}

/// Bytes of a file for each further second of the deadline. Twenty times as many are usual.
const BYTES_A_SECOND: u64 = 4 << 20;

impl WorkerCommand {
    /// The program itself with the usual deadline of ten minutes.
    pub fn of(program: &Path) -> Self {
        Self {
            program: program.to_owned(),
            deadline: Duration::from_mins(10),
            confidential: Policy::default(),
            datum_grid: None,
        }
    }

    /// The same with the operator's additions to the check before publication.
    #[must_use]
    pub fn with_policy(mut self, confidential: Policy) -> Self {
        self.confidential = confidential;
        self
    }

    /// The same with the operator's grid from the old Tokyo Datum; an empty path is none.
    #[must_use]
    pub fn with_datum_grid(mut self, grid: &Path) -> Self {
        // Workers stand in a folder of their own.
        self.datum_grid = (!grid.as_os_str().is_empty()).then(|| std::path::absolute(grid).unwrap_or(grid.to_owned()));
        self
    }
}

/// Runs a worker over one file and hands every frame to `take`, which may stop it by answering `false`.
///
/// A worker that crashes, breaks its limits, speaks nonsense or is too slow ends as [`Frame::RefusedWhole`] with a
/// message for a person; the parent is untouched.
pub fn run(command: &WorkerCommand, job: &Job, mut take: impl FnMut(Frame) -> bool) -> io::Result<()> {
    let folder = tempfile::Builder::new().prefix("hiraku-worker-").tempdir()?;
    let mut child = Command::new(&command.program)
        .arg("worker")
        .current_dir(folder.path())
        .env_clear()
        // The allocator would take more address space beforehand (1 GiB) than a worker may have. In KiB.
        .env("MIMALLOC_ARENA_RESERVE", "32768")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    // The child stands in the folder already; without a name nothing of it can be left behind.
    folder.close()?;
    let mut stdin = child.stdin.take().ok_or_else(|| io::Error::other("the worker has no input"))?;
    let stdout = child.stdout.take().ok_or_else(|| io::Error::other("the worker has no output"))?;
    let stderr = child.stderr.take().ok_or_else(|| io::Error::other("the worker has no error output"))?;
    let deadline = command.deadline + Duration::from_secs(job.file.bytes / BYTES_A_SECOND);
    let job = Job { datum_grid: command.datum_grid.clone(), ..job.clone() };
    let errand = Errand { job, confidential: command.confidential.clone() };
    let mut head = serde_json::to_vec(&errand).map_err(io::Error::other)?;
    head.push(b'\n');

    let outcome = std::thread::scope(|scope| {
        scope.spawn(move || {
            // A worker that stops reading has its own reason, which its frames or its exit will tell.
            let _ = stdin.write_all(&head);
        });
        let (last_words, said) = mpsc::channel();
        scope.spawn(move || {
            use io::Read as _;
            let mut text = Vec::new();
            // What a dying worker says is kept short: a panic message is one line.
            let _ = stderr.take(4_096).read_to_end(&mut text);
            let _ = last_words.send(String::from_utf8_lossy(&text).into_owned());
        });
        let (frames, incoming) = mpsc::sync_channel(2);
        scope.spawn(move || {
            let mut stdout = BufReader::with_capacity(1 << 16, stdout);
            loop {
                let frame = read(&mut stdout);
                let last = !matches!(frame, Ok(Some(_)));
                if frames.send(frame).is_err() || last {
                    break;
                }
            }
        });
        let outcome = listen(&incoming, deadline, &mut take);
        drop(incoming);
        // Its last word is said; what it does after that interests nobody, and must not be waited for.
        stop(&mut child);
        let status = child.wait();
        (outcome, status, said.recv().unwrap_or_default())
    });

    let (outcome, status, said) = outcome;
    let refusal = match outcome {
        Outcome::Complete | Outcome::Stopped => return Ok(()),
        Outcome::TooSlow => Refusal {
            code: "worker-too-slow".to_owned(),
            message_ja: format!("{}秒以内に読み終わりませんでした。ファイルを分けてください。", deadline.as_secs()),
            message_en: format!("The file was not read within {} s; split it.", deadline.as_secs()),
        },
        Outcome::Broken => {
            tracing::info!(status = ?status.ok().and_then(|s| s.code()), said = %said.escape_debug(), "a worker ended early");
            Refusal::broken()
        }
    };
    take(Frame::RefusedWhole(refusal));
    Ok(())
}

enum Outcome {
    /// `Done` or `RefusedWhole` came.
    Complete,
    /// The taker wanted no more.
    Stopped,
    TooSlow,
    Broken,
}

fn listen(
    incoming: &mpsc::Receiver<io::Result<Option<Frame>>>,
    deadline: Duration,
    take: &mut impl FnMut(Frame) -> bool,
) -> Outcome {
    // The time the parent itself spends on a frame does not count against the worker.
    let mut left = deadline;
    let mut order = Order::default();
    loop {
        let begun = std::time::Instant::now();
        let frame = match incoming.recv_timeout(left) {
            Ok(Ok(Some(frame))) => frame,
            Ok(Ok(None) | Err(_)) | Err(mpsc::RecvTimeoutError::Disconnected) => return Outcome::Broken,
            Err(mpsc::RecvTimeoutError::Timeout) => return Outcome::TooSlow,
        };
        left = left.saturating_sub(begun.elapsed());
        if !order.allows(&frame) {
            return Outcome::Broken;
        }
        let last = matches!(frame, Frame::Done | Frame::RefusedWhole(_));
        if !take(frame) {
            return Outcome::Stopped;
        }
        if last {
            return Outcome::Complete;
        }
    }
}

/// The order of frames: what belongs to a table stands between its beginning and its end, and the file is complete only
/// after the end of its last table.
#[derive(Default)]
struct Order {
    is_in_table: bool,
}

impl Order {
    fn allows(&mut self, frame: &Frame) -> bool {
        match frame {
            Frame::Table(_) => !std::mem::replace(&mut self.is_in_table, true),
            Frame::Batch(_) | Frame::Refused(_) => self.is_in_table,
            Frame::End(_) => std::mem::replace(&mut self.is_in_table, false),
            Frame::Done => !self.is_in_table,
            Frame::Finding(_) | Frame::Rows(_) | Frame::RefusedWhole(_) | Frame::RowsTable(_) | Frame::RowsBatch(_) => {
                true
            }
        }
    }
}

fn stop(child: &mut Child) {
    // A child that has already gone needs no killing.
    let _ = child.kill();
}
