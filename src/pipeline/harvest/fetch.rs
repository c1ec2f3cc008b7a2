//! Asking other catalogues: the only place of the program that fetches anything, and only commands come here.
//!
//! A host has to be listed, the addresses its name leads to are looked at and are the ones that are connected to, and a
//! redirect is a new question with the same checks. A body goes to a file as it comes, with a limit on what it is when
//! unpacked. Where a server is in trouble it is asked again twice; between two questions to one host there is a pause.

use std::collections::HashMap;
use std::io::{Read, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};
use ureq::http::{Response, StatusCode, header};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body};
use url::Url;

use super::address::Allowed;
use super::authorities::Authorities;
use super::resolver::{Checked, Forbidden};
use super::{Fault, fault};

/// Most redirects of one question; public catalogues have one or two (http to https, a new path).
const REDIRECTS: usize = 5;
/// Longest document of a catalogue: a page of 100 datasets of CKAN has some 2 MB, a city's whole DCAT some 10 MB.
pub(super) const DOCUMENT_BYTES: u64 = 64 << 20;
/// Longest wait for a name, and for a connection with its TLS.
const CONNECT: Duration = Duration::from_secs(15);
/// Longest wait for the head of an answer: large searches of a small CKAN take their time.
const HEAD: Duration = Duration::from_mins(1);
/// Longest silence in the middle of a body.
const SILENCE: Duration = Duration::from_secs(30);
/// Longest time for one question, a file of half a gigabyte over a slow line.
const WHOLE: Duration = Duration::from_mins(15);
/// How often a server in trouble is asked.
const ATTEMPTS: u32 = 3;
/// Longest pause a server may ask for.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// How to fetch.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Hosts and networks.
    pub allowed: Allowed,
    /// Longest file, bytes as unpacked.
    pub file_bytes: u64,
    /// The pause between two questions to one host.
    pub pause: Duration,
    /// Whose signatures are trusted.
    pub authorities: Authorities,
}

/// Asks, one question after another.
#[derive(Debug)]
pub struct Fetcher {
    agent: Agent,
    rules: Rules,
    /// When each host was asked last.
    asked: HashMap<String, Instant>,
    /// When everything has to be over.
    until: Instant,
}

/// What a server said of a file the last time.
#[derive(Debug, Clone, Copy, Default)]
pub struct Conditions<'a> {
    /// Its `ETag`.
    pub etag: &'a str,
    /// Its `Last-Modified`.
    pub last_modified: &'a str,
}

/// A file that was asked for.
#[derive(Debug)]
pub enum Fetched {
    /// It is as it was.
    Unchanged,
    /// It is new, or changed.
    File {
        /// Its bytes; they vanish with it.
        file: tempfile::NamedTempFile,
        /// How many.
        bytes: u64,
        /// Their SHA-256, hex.
        sha256: String,
        /// Its `ETag`; empty = none.
        etag: String,
        /// Its `Last-Modified`; empty = none.
        last_modified: String,
        /// Its media type without parameters; empty = none.
        media_type: String,
    },
}

impl Fetcher {
    /// Asks by `rules`, until `until` at most.
    pub fn new(rules: Rules, until: Instant) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .tls_config(rules.authorities.settings())
            .proxy(None)
            .user_agent(concat!("hiraku/", env!("CARGO_PKG_VERSION"), " (harvest)"))
            .timeout_resolve(Some(CONNECT))
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(HEAD))
            .timeout_per_read(Some(SILENCE))
            .max_response_header_size(64 << 10)
            .build();
        let resolver = Checked { allowed: rules.allowed.clone(), names: DefaultResolver::default() };
        let agent = Agent::with_parts(config, DefaultConnector::default(), resolver);
        Self { agent, rules, asked: HashMap::new(), until }
    }

    /// Longest file, bytes.
    pub fn file_bytes(&self) -> u64 {
        self.rules.file_bytes
    }

    /// Whether the time is over.
    pub fn is_over(&self) -> bool {
        Instant::now() >= self.until
    }

    /// A document of a catalogue, whole: its bytes, its media type, and the address it came from in the end.
    pub fn document(&mut self, address: &str, accept: &str) -> Result<Document, Fault> {
        let (mut response, address) = self.ask(address, accept, Conditions::default())?;
        if !response.status().is_success() {
            return Err(status(response.status(), &address));
        }
        let media_type = media_type(&response);
        let mut bytes = Vec::new();
        self.copy(&mut response, DOCUMENT_BYTES, &address, |piece| {
            bytes.extend_from_slice(piece);
            Ok(())
        })?;
        Ok(Document { bytes, media_type, address: address.into() })
    }

    /// The status that an address answers with.
    pub fn status(&mut self, address: &str) -> Result<u16, Fault> {
        Ok(self.ask(address, "application/json", Conditions::default())?.0.status().as_u16())
    }

    /// A file, into `folder`; nothing where it is as it was.
    pub fn file(&mut self, address: &str, known: Conditions<'_>, folder: &Path) -> Result<Fetched, Fault> {
        let (mut response, address) = self.ask(address, "*/*", known)?;
        if response.status() == StatusCode::NOT_MODIFIED {
            return Ok(Fetched::Unchanged);
        }
        if !response.status().is_success() {
            return Err(status(response.status(), &address));
        }
        let text = |name: header::HeaderName| {
            let value = response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
            // A tag is said back as it is; one longer than any tag is none.
            if value.len() <= 500 { value.to_owned() } else { String::new() }
        };
        let (etag, last_modified) = (text(header::ETAG), text(header::LAST_MODIFIED));
        let media_type = media_type(&response);
        let disk = |error: std::io::Error| {
            fault("disk", format!("ディスクに書けません({error})。"), format!("writing failed: {error}"))
        };
        let mut file = tempfile::Builder::new().prefix(".in-").tempfile_in(folder).map_err(disk)?;
        let (mut hash, mut bytes) = (Sha256::new(), 0);
        let limit = self.rules.file_bytes;
        self.copy(&mut response, limit, &address, |piece| {
            hash.update(piece);
            bytes += piece.len() as u64;
            file.write_all(piece)
        })?;
        file.as_file().sync_all().map_err(disk)?;
        let sha256 = hex::encode(hash.finalize());
        Ok(Fetched::File { file, bytes, sha256, etag, last_modified, media_type })
    }

    /// Hands a body on piece by piece.
    fn copy(
        &self,
        response: &mut Response<Body>,
        limit: u64,
        address: &Url,
        mut take: impl FnMut(&[u8]) -> std::io::Result<()>,
    ) -> Result<(), Fault> {
        let too_large = || {
            let mib = limit >> 20;
            fault(
                "too-large",
                format!("{address} は上限({mib} MiB)を超えています。設定 harvest_file_mib で変えられます。"),
                format!("{address} is longer than {mib} MiB (setting harvest_file_mib)"),
            )
        };
        if response.body().content_length().is_some_and(|announced| announced > limit) {
            return Err(too_large());
        }
        let mut reader = response.body_mut().with_config().limit(u64::MAX).reader();
        let (mut buffer, mut seen) = (vec![0; 64 << 10], 0_u64);
        loop {
            let length = match reader.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(length) => length,
                Err(error) => return Err(broken(address, &ureq::Error::from(error))),
            };
            seen += length as u64;
            if seen > limit {
                return Err(too_large());
            }
            if self.is_over() {
                return Err(over());
            }
            take(buffer.get(..length).unwrap_or_default()).map_err(|error| {
                fault("disk", format!("ディスクに書けません({error})。"), format!("writing failed: {error}"))
            })?;
        }
    }

    /// Asks, follows redirects, and asks again where a server is in trouble.
    fn ask(&mut self, address: &str, accept: &str, known: Conditions<'_>) -> Result<(Response<Body>, Url), Fault> {
        let mut url = self.checked(address)?;
        for _ in 0..=REDIRECTS {
            let response = self.ask_patiently(&url, accept, known)?;
            if !response.status().is_redirection() || response.status() == StatusCode::NOT_MODIFIED {
                return Ok((response, url));
            }
            let to = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
            let to = to.and_then(|to| url.join(to).ok()).ok_or_else(|| {
                fault(
                    "redirect",
                    format!("{url} の転送先が分かりません。"),
                    format!("{url} leads to an address that cannot be read"),
                )
            })?;
            url = self.checked(to.as_str())?;
        }
        Err(fault(
            "redirect",
            format!("{address} は転送が{REDIRECTS}回を超えました。"),
            format!("{address} leads on more than {REDIRECTS} times"),
        ))
    }

    fn ask_patiently(&mut self, url: &Url, accept: &str, known: Conditions<'_>) -> Result<Response<Body>, Fault> {
        let mut attempt = 1;
        loop {
            self.wait_for_turn(url)?;
            let left = self.until.saturating_duration_since(Instant::now()).min(WHOLE);
            let mut request = self.agent.get(url.as_str()).header("accept", accept);
            if !known.etag.is_empty() {
                request = request.header("if-none-match", known.etag);
            } else if !known.last_modified.is_empty() {
                request = request.header("if-modified-since", known.last_modified);
            }
            let answered = request.config().timeout_global(Some(left)).build().call();
            let (pause, fault) = match answered {
                Ok(response) => {
                    let code = response.status();
                    let is_trouble = code.is_server_error() || code == StatusCode::TOO_MANY_REQUESTS;
                    if !is_trouble {
                        return Ok(response);
                    }
                    (asked_pause(&response), status(code, url))
                }
                Err(error @ ureq::Error::Other(_)) => return Err(broken(url, &error)),
                Err(error) => (None, broken(url, &error)),
            };
            if attempt == ATTEMPTS || self.is_over() {
                return Err(fault);
            }
            let pause = pause.unwrap_or(self.rules.pause * 4 * attempt);
            attempt += 1;
            self.sleep(pause.min(LONGEST_PAUSE))?;
        }
    }

    fn wait_for_turn(&mut self, url: &Url) -> Result<(), Fault> {
        let host = url.host_str().unwrap_or_default().to_owned();
        if let Some(last) = self.asked.get(&host) {
            let since = last.elapsed();
            self.sleep(self.rules.pause.saturating_sub(since))?;
        }
        if self.is_over() {
            return Err(over());
        }
        self.asked.insert(host, Instant::now());
        Ok(())
    }

    fn sleep(&self, pause: Duration) -> Result<(), Fault> {
        if Instant::now() + pause > self.until {
            return Err(over());
        }
        std::thread::sleep(pause);
        Ok(())
    }

    /// The address, where it may be asked: http or https, a listed host, no name and password in it.
    pub fn checked(&self, address: &str) -> Result<Url, Fault> {
        let shown: String = address.chars().filter(|c| !c.is_control()).take(200).collect();
        let wrong = || {
            fault(
                "address",
                format!("「{shown}」は http または https のURLではありません。"),
                format!("{shown:?} is no http or https address"),
            )
        };
        let mut url = Url::parse(address.trim()).map_err(|_| wrong())?;
        let usual = match url.scheme() {
            "https" => 443,
            "http" => 80,
            _ => return Err(wrong()),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong());
        }
        let host = url.host_str().ok_or_else(wrong)?.to_owned();
        if !self.rules.allowed.host(&host, url.port().unwrap_or(usual), usual) {
            let listed = url.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}"));
            return Err(fault(
                "host-not-listed",
                format!("「{listed}」は設定 harvest_hosts にないホストです。取得してよい相手であれば加えてください。"),
                format!("{listed} is not listed in the setting harvest_hosts; add it where it may be asked"),
            ));
        }
        url.set_fragment(None);
        Ok(url)
    }
}

/// A document of a catalogue.
#[derive(Debug)]
pub struct Document {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its media type without parameters; empty = none.
    pub media_type: String,
    /// Where it came from in the end.
    pub address: String,
}

fn media_type(response: &Response<Body>) -> String {
    let value = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn asked_pause(response: &Response<Body>) -> Option<Duration> {
    let value = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}

fn status(code: StatusCode, address: &Url) -> Fault {
    let code = code.as_u16();
    let name = if code == 404 || code == 410 { "not-found" } else { "status" };
    fault(name, format!("{address} は{code}を返しました。"), format!("{address} answered {code}"))
}

fn over() -> Fault {
    fault("time-over", "時間の上限に達しました。".to_owned(), "the time is over".to_owned())
}

fn broken(address: &Url, error: &ureq::Error) -> Fault {
    if let ureq::Error::Other(inner) = error
        && let Some(Forbidden { host, address, class }) = inner.downcast_ref()
    {
        return fault(
            "address-forbidden",
            format!(
                "「{host}」は公開されていないアドレス {address}({class})を指しています。庁内のホストであれば、設定 \
                 harvest_networks にそのネットワークを書いてください。"
            ),
            format!(
                "{host} leads to {address} ({class}); name its network in the setting harvest_networks where it may be asked"
            ),
        );
    }
    let code = match error {
        ureq::Error::Timeout(_) => "too-slow",
        ureq::Error::HostNotFound => "host-unknown",
        _ => "network",
    };
    fault(code, format!("{address} を取得できません({error})。"), format!("{address} cannot be fetched: {error}"))
}
