//! A catalogue to harvest from, on a free port of this machine: answers as it is told, and keeps what it was asked.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What is asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// Path and query.
    pub(crate) target: String,
    /// Headers, names small.
    pub(crate) headers: Vec<(String, String)>,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value.as_str())
    }

    /// A parameter of the query, decoded.
    pub(crate) fn parameter(&self, name: &str) -> String {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        let found = url::form_urlencoded::parse(query.as_bytes()).find(|(own, _)| own == name);
        found.map(|(_, value)| value.into_owned()).unwrap_or_default()
    }
}

/// How it answers.
pub(crate) enum Answer {
    /// Status, further headers, body.
    Plain(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// A body without an end.
    Endless,
    /// Fewer bytes than announced.
    Cut,
    /// So many bytes announced, none sent.
    Announced(u64),
    /// A byte now and then.
    Drip,
}

impl Answer {
    pub(crate) fn ok(kind: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::Plain(200, vec![("content-type", kind.to_owned())], body.into())
    }

    pub(crate) fn status(code: u16) -> Self {
        Self::Plain(code, Vec::new(), b"trouble".to_vec())
    }

    pub(crate) fn redirect(to: &str) -> Self {
        Self::Plain(302, vec![("location", to.to_owned())], Vec::new())
    }
}

/// It.
pub(crate) struct Upstream {
    /// `127.0.0.1:port`.
    pub(crate) host: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Upstream {
    /// Answers by `answer`, each question on a thread of its own, until the test ends.
    pub(crate) fn start(answer: impl Fn(&Asked, &str) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let host = listener.local_addr().expect("an address").to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (kept, answer, own) = (Arc::clone(&asked), Arc::new(answer), host.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (kept, answer, own) = (Arc::clone(&kept), Arc::clone(&answer), own.clone());
                std::thread::spawn(move || {
                    if let Some(question) = read(&stream) {
                        kept.lock().expect("no panic holds it").push(question.clone());
                        // A client that goes away is what some tests are about.
                        let _ = send(stream, answer(&question, &own));
                    }
                });
            }
        });
        Self { host, asked }
    }

    /// What was asked since the last look.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.asked.lock().expect("no panic holds it"))
    }

    /// The files that were asked for since the last look.
    pub(crate) fn files(&self) -> Vec<String> {
        self.asked().into_iter().map(|own| own.target).filter(|target| target.starts_with("/files/")).collect()
    }
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next()?.ok()?;
    let target = first.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    for line in lines.map_while(Result::ok).take_while(|line| !line.is_empty()) {
        if let Some((name, value)) = line.split_once(':') {
            headers.push((name.trim().to_lowercase(), value.trim().to_owned()));
        }
    }
    Some(Asked { target, headers })
}

fn send(mut stream: TcpStream, answer: Answer) -> std::io::Result<()> {
    match answer {
        Answer::Plain(status, headers, body) => {
            let mut head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\n");
            for (name, value) in headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            if status != 304 {
                head.push_str(&format!("content-length: {}\r\n", body.len()));
            }
            stream.write_all(head.as_bytes())?;
            stream.write_all(b"\r\n")?;
            stream.write_all(&body)
        }
        Answer::Endless => {
            stream.write_all(b"HTTP/1.1 200 X\r\nconnection: close\r\n\r\na,b\r\n")?;
            loop {
                stream.write_all(&[b'1'; 4096])?;
            }
        }
        Answer::Cut => stream.write_all(b"HTTP/1.1 200 X\r\ncontent-length: 1000\r\n\r\na,b\r\n1,2\r\n"),
        Answer::Announced(length) => {
            stream.write_all(format!("HTTP/1.1 200 X\r\ncontent-length: {length}\r\n\r\n").as_bytes())?;
            std::thread::sleep(Duration::from_secs(5));
            Ok(())
        }
        Answer::Drip => {
            stream.write_all(b"HTTP/1.1 200 X\r\nconnection: close\r\n\r\n")?;
            loop {
                stream.write_all(b"1")?;
                stream.flush()?;
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    }
}
