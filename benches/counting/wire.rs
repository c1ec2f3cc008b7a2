//! A caller over one kept connection: writes requests, reads answers.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Longest wait for an answer: whoever waits longer waits for a server that stands still.
const PATIENCE: Duration = Duration::from_mins(1);

/// One connection.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: BufReader<TcpStream>,
    line: String,
}

impl Wire {
    pub(crate) fn connect(to: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(to)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream: BufReader::with_capacity(64 << 10, stream), line: String::new() })
    }

    /// Sends requests as they stand.
    pub(crate) fn send(&mut self, requests: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(requests)
    }

    /// Reads one answer to its end: its status. An answer to HEAD has no body whatever its length says.
    pub(crate) fn answer(&mut self, is_head: bool) -> io::Result<u16> {
        let status = self.head_line()?.split(' ').nth(1).and_then(|text| text.parse().ok());
        let status = status.ok_or_else(|| io::Error::other("an answer begins with its status"))?;
        let mut length = 0_u64;
        while !self.head_line()?.is_empty() {
            let lower = self.line.to_ascii_lowercase();
            if let Some(text) = lower.strip_prefix("content-length:") {
                length = text.trim().parse().map_err(io::Error::other)?;
            }
        }
        if !is_head && !matches!(status, 204 | 304) {
            let read = io::copy(&mut (&mut self.stream).take(length), &mut io::sink())?;
            if read < length {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(status)
    }

    fn head_line(&mut self) -> io::Result<&str> {
        self.line.clear();
        if self.stream.read_line(&mut self.line)? == 0 || !self.line.ends_with('\n') {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(self.line.trim_end())
    }
}
