//! The socket on which a running server takes jobs from commands of the same machine (mode 0600).
//!
//! One line of JSON asks; lines of JSON answer: progress, then the answer or an error.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::Usage;
use super::job::{Answer, Job};
use crate::pipeline::Progress;

/// Longest question: some thousand paths.
const MAX_QUESTION_BYTES: u64 = 1 << 20;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Line {
    Begin { what: String, total: usize },
    Step(String),
    End,
    Answer(Answer),
    Error { usage: bool, text: String },
}

/// Asks a running server.
pub fn ask(socket: &Path, job: &Job, progress: &mut dyn Progress) -> anyhow::Result<Answer> {
    let mut stream = UnixStream::connect(socket)
        .context("the data directory is in use by another process / 他のプロセスが使用中です")?;
    serde_json::to_writer(&mut stream, job)?;
    stream.write_all(b"\n")?;
    for line in BufReader::new(stream).lines() {
        match serde_json::from_str(&line?)? {
            Line::Begin { what, total } => progress.begin(&what, total),
            Line::Step(name) => progress.step(&name),
            Line::End => progress.end(),
            Line::Answer(answer) => return Ok(answer),
            Line::Error { usage: true, text } => return Err(Usage(text).into()),
            Line::Error { text, .. } => anyhow::bail!("{text}"),
        }
    }
    anyhow::bail!("the server ended before it had answered")
}

/// Opens the socket; one left behind by a server that died gives way (the lock of the data directory is held).
pub fn listen(socket: &Path) -> std::io::Result<UnixListener> {
    if socket.exists() {
        std::fs::remove_file(socket)?;
    }
    let listener = UnixListener::bind(socket)?;
    std::fs::set_permissions(socket, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Answers questions one after another until the listener ends. Run it on a thread of its own.
pub fn answer_all(listener: &UnixListener, mut run: impl FnMut(&Job, &mut dyn Progress) -> anyhow::Result<Answer>) {
    for stream in listener.incoming() {
        let Ok(stream) = stream else { return };
        if let Err(error) = answer_one(stream, &mut run) {
            tracing::info!(%error, "a command went away before its answer");
        }
    }
}

fn answer_one(
    mut stream: UnixStream,
    run: &mut impl FnMut(&Job, &mut dyn Progress) -> anyhow::Result<Answer>,
) -> anyhow::Result<()> {
    let mut question = String::new();
    BufReader::new(stream.try_clone()?).take(MAX_QUESTION_BYTES).read_line(&mut question)?;
    let line = match serde_json::from_str::<Job>(&question) {
        Ok(job) => match run(&job, &mut Told(&mut stream)) {
            Ok(answer) => Line::Answer(answer),
            Err(error) => Line::Error { usage: error.is::<Usage>(), text: super::sentence(&error) },
        },
        Err(error) => Line::Error { usage: true, text: error.to_string() },
    };
    say(&mut stream, &line)
}

fn say(stream: &mut UnixStream, line: &Line) -> anyhow::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    stream.write_all(&text)?;
    Ok(())
}

/// Progress that is told over the socket. The job goes on where nobody listens any more.
struct Told<'a>(&'a mut UnixStream);

impl Progress for Told<'_> {
    fn begin(&mut self, what: &str, total: usize) {
        let _ = say(self.0, &Line::Begin { what: what.to_owned(), total });
    }

    fn step(&mut self, name: &str) {
        let _ = say(self.0, &Line::Step(name.to_owned()));
    }

    fn end(&mut self) {
        let _ = say(self.0, &Line::End);
    }
}
