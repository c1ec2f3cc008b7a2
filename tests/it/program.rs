//! The real program in a directory of its own: started, asked, stopped, killed.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The binary under test.
pub(crate) const HIRAKU: &str = env!("CARGO_BIN_EXE_hiraku");

/// A file of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Runs a command to its end.
pub(crate) fn hiraku<I, S>(arguments: I) -> Output
where
    I: IntoIterator<Item = S>,
    S: AsRef<std::ffi::OsStr>,
{
    Command::new(HIRAKU).args(arguments).stdin(Stdio::null()).output().expect("the program starts")
}

/// Runs a command that must end with code 0 and gives what it printed.
pub(crate) fn hiraku_done<I, S>(arguments: I) -> String
where
    I: IntoIterator<Item = S>,
    S: AsRef<std::ffi::OsStr>,
{
    let output = hiraku(arguments);
    assert!(
        output.status.success(),
        "{}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// A running server; stopped (and its log checked) by [`Server::stop`], killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) base: String,
    log: std::sync::Arc<std::sync::Mutex<Vec<String>>>,
}

impl Server {
    /// Starts a server on a free port and waits until it answers.
    pub(crate) fn start(data: &Path) -> Self {
        Self::start_with(data, &[])
    }

    /// The same with these settings, as the environment names them.
    pub(crate) fn start_with(data: &Path, settings: &[(&str, &str)]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
        let mut child = Command::new(HIRAKU)
            .arg("serve")
            .arg("--data")
            .arg(data)
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .env("HIRAKU_COUNTING_DEBUG", "true")
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let log = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let lines = BufReader::new(child.stderr.take().expect("piped"));
        let kept = std::sync::Arc::clone(&log);
        std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                kept.lock().expect("no panic holds the log").push(line);
            }
        });
        let server = Self { child, base: format!("http://127.0.0.1:{port}"), log };
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(30), "the server does not answer: {:?}", server.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    /// The log so far.
    pub(crate) fn log(&self) -> Vec<String> {
        self.log.lock().expect("no panic holds the log").clone()
    }

    /// Asks the server to end, waits for it, and fails on any warning in its log.
    pub(crate) fn stop(mut self) {
        let ended = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().expect("kill runs");
        assert!(ended.success());
        let status = self.child.wait().expect("the server ends");
        assert!(status.success(), "{status}: {:?}", self.log());
        let bad: Vec<String> =
            self.log().into_iter().filter(|l| l.contains("\"WARN\"") || l.contains("\"ERROR\"")).collect();
        assert!(bad.is_empty(), "unexpected warnings in the log:\n{}", bad.join("\n"));
    }

    /// Ends it at once, as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it was running");
        self.child.wait().expect("it ends");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
