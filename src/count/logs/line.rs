//! One line of a web server's log.

use std::borrow::Cow;
use std::net::IpAddr;

/// The form of the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// By each line's look.
    Auto,
    /// NCSA combined: with referrer and User-Agent.
    Combined,
    /// NCSA common.
    Common,
    /// Labelled Tab-separated Values (ltsv.org).
    Ltsv,
    /// One JSON object a line.
    Json,
}

/// Why a line could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadLine(pub &'static str);

/// What a line tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<'a> {
    /// The client's address.
    pub address: IpAddr,
    /// Milliseconds since 1970 UTC.
    pub time_ms: i64,
    /// The method.
    pub method: Cow<'a, str>,
    /// Path and query.
    pub path: Cow<'a, str>,
    /// The status.
    pub status: u16,
    /// Length of the body in bytes; 0 where it is not told.
    pub bytes: u64,
    /// The User-Agent; empty where it is not told.
    pub agent: Cow<'a, [u8]>,
}

const NO_TEXT: BadLine = BadLine("it is no UTF-8");
const NO_ADDRESS: BadLine = BadLine("it does not begin with an address");
const NO_TIME: BadLine = BadLine("its time cannot be read");
const NO_REQUEST: BadLine = BadLine("its request cannot be read");
const NO_STATUS: BadLine = BadLine("its status cannot be read");

impl<'a> Line<'a> {
    /// Reads a line without its end.
    pub fn parse(bytes: &'a [u8], format: Format) -> Result<Self, BadLine> {
        let text = std::str::from_utf8(bytes).map_err(|_| NO_TEXT)?;
        match format {
            Format::Json => json(text),
            Format::Ltsv => ltsv(text),
            Format::Auto if text.starts_with('{') => json(text),
            Format::Auto if text.contains('\t') && text.contains(':') && !text.contains(" [") => ltsv(text),
            Format::Auto if text.starts_with("time:") || text.starts_with("host:") => ltsv(text),
            Format::Auto | Format::Combined | Format::Common => ncsa(text),
        }
    }
}

/// `host ident user [time] "request" status bytes`, and in the combined form `"referrer" "agent"`.
fn ncsa(text: &str) -> Result<Line<'_>, BadLine> {
    let (host, rest) = text.split_once(' ').ok_or(NO_ADDRESS)?;
    let (_, rest) = rest.split_once('[').ok_or(NO_TIME)?;
    let (time, rest) = rest.split_once(']').ok_or(NO_TIME)?;
    let (request, rest) = quoted(rest).ok_or(NO_REQUEST)?;
    let mut numbers = rest.trim_start().splitn(3, ' ');
    let status = numbers.next().unwrap_or_default();
    let bytes = numbers.next().unwrap_or_default();
    let agent = match numbers.next().map(quoted) {
        None => Cow::Borrowed(""),
        Some(referrer) => {
            let (_, rest) = referrer.ok_or(BadLine("its referrer cannot be read"))?;
            quoted(rest).ok_or(BadLine("its User-Agent cannot be read"))?.0
        }
    };
    let (method, path) = request_parts(request)?;
    Ok(Line {
        address: address(host)?,
        time_ms: clf_time(time)?,
        method,
        path,
        status: status.parse().map_err(|_| NO_STATUS)?,
        bytes: bytes.parse().unwrap_or(0),
        agent: known(agent),
    })
}

/// The text of the first quoted part, with what follows it. `\"` and `\\` stand for themselves, `\xHH` as it is written.
fn quoted(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let text = text.trim_start().strip_prefix('"')?;
    let mut escaped = false;
    let mut any = false;
    for (place, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => (escaped, any) = (true, true),
            b'"' => {
                let (inside, rest) = (text.get(..place)?, text.get(place + 1..)?);
                let inside = if any {
                    Cow::Owned(inside.replace("\\\"", "\"").replace("\\\\", "\\"))
                } else {
                    Cow::Borrowed(inside)
                };
                return Some((inside, rest));
            }
            _ => {}
        }
    }
    None
}

/// Method and path of `GET /path HTTP/1.1`; a path may be a whole URL, of which the host is dropped.
fn request_parts(request: Cow<'_, str>) -> Result<(Cow<'_, str>, Cow<'_, str>), BadLine> {
    fn split(request: &str) -> Option<(&str, &str)> {
        let (method, rest) = request.split_once(' ')?;
        let path = rest.rsplit_once(" HTTP/").map_or(rest, |(path, _)| path);
        let plain = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
        (plain && !path.is_empty()).then(|| (method, without_host(path)))
    }
    match request {
        Cow::Borrowed(text) => {
            let (method, path) = split(text).ok_or(NO_REQUEST)?;
            Ok((Cow::Borrowed(method), Cow::Borrowed(path)))
        }
        Cow::Owned(text) => {
            let (method, path) = split(&text).ok_or(NO_REQUEST)?;
            Ok((Cow::Owned(method.to_owned()), Cow::Owned(path.to_owned())))
        }
    }
}

fn without_host(path: &str) -> &str {
    let rest = path.strip_prefix("http://").or_else(|| path.strip_prefix("https://"));
    rest.map_or(path, |rest| rest.find('/').and_then(|slash| rest.get(slash..)).unwrap_or("/"))
}

fn address(text: &str) -> Result<IpAddr, BadLine> {
    let text = text.trim_matches(['[', ']']);
    let plain = text.parse::<IpAddr>().ok();
    let address = plain.or_else(|| text.parse::<std::net::SocketAddr>().ok().map(|with_port| with_port.ip()));
    Ok(address.ok_or(NO_ADDRESS)?.to_canonical())
}

fn clf_time(text: &str) -> Result<i64, BadLine> {
    let time = jiff::Timestamp::strptime("%d/%b/%Y:%H:%M:%S %z", text.trim());
    Ok(time.map_err(|_| NO_TIME)?.as_millisecond())
}

/// A time as LTSV and JSON logs write it: as in NCSA logs, by ISO 8601 with its offset, or in seconds since 1970.
fn any_time(text: &str) -> Result<i64, BadLine> {
    let text = text.trim_matches(['[', ']']);
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Ok(time.as_millisecond());
    }
    if let Ok(seconds) = text.parse::<f64>()
        && (0.0..1e11).contains(&seconds)
    {
        #[expect(clippy::cast_possible_truncation, reason = "below 10^14")]
        return Ok((seconds * 1000.0).round() as i64);
    }
    clf_time(text)
}

fn known(agent: Cow<'_, str>) -> Cow<'_, [u8]> {
    match agent {
        Cow::Borrowed("-") => Cow::Borrowed(&[]),
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

/// The parts of a line whose fields have names.
struct Named<'a> {
    address: Option<Cow<'a, str>>,
    time: Option<Cow<'a, str>>,
    request: Option<Cow<'a, str>>,
    method: Option<Cow<'a, str>>,
    path: Option<Cow<'a, str>>,
    status: Option<Cow<'a, str>>,
    bytes: Option<Cow<'a, str>>,
    agent: Option<Cow<'a, str>>,
}

impl<'a> Named<'a> {
    fn line(self) -> Result<Line<'a>, BadLine> {
        let (method, path) = match (self.method, self.path, self.request) {
            (Some(method), Some(path), _) => (method, Cow::Owned(without_host(&path).to_owned())),
            (_, _, Some(request)) => request_parts(request)?,
            _ => return Err(NO_REQUEST),
        };
        Ok(Line {
            address: address(&self.address.ok_or(BadLine("it has no address"))?)?,
            time_ms: any_time(&self.time.ok_or(NO_TIME)?)?,
            method,
            path,
            status: self.status.and_then(|status| status.parse().ok()).ok_or(NO_STATUS)?,
            bytes: self.bytes.and_then(|bytes| bytes.parse().ok()).unwrap_or(0),
            agent: known(self.agent.unwrap_or_default()),
        })
    }
}

fn ltsv(text: &str) -> Result<Line<'_>, BadLine> {
    let field = |names: &[&str]| {
        let mut fields = text.split('\t').filter_map(|field| field.split_once(':'));
        fields.find(|(label, value)| names.contains(label) && *value != "-").map(|(_, value)| Cow::Borrowed(value))
    };
    Named {
        address: field(&["host", "remote_addr", "client"]),
        time: field(&["time", "time_local", "time_iso8601"]),
        request: field(&["req", "request"]),
        method: field(&["method", "request_method"]),
        path: field(&["uri", "request_uri", "path"]),
        status: field(&["status"]),
        bytes: field(&["size", "body_bytes_sent", "bytes"]),
        agent: field(&["ua", "user_agent", "http_user_agent"]),
    }
    .line()
}

/// nginx, Apache and Caddy in their usual forms; a name with a dot is a name within an object.
fn json(text: &str) -> Result<Line<'static>, BadLine> {
    let value: serde_json::Value = serde_json::from_str(text).map_err(|_| BadLine("it is no JSON"))?;
    let field = |names: &[&str]| {
        names.iter().find_map(|name| {
            let found = name.split('/').try_fold(&value, |inside, part| match inside {
                serde_json::Value::Array(items) => items.get(part.parse::<usize>().ok()?),
                other => other.get(part),
            })?;
            match found {
                serde_json::Value::String(text) if text != "-" => Some(Cow::Owned(text.clone())),
                serde_json::Value::Number(number) => Some(Cow::Owned(number.to_string())),
                _ => None,
            }
        })
    };
    Named {
        address: field(&["remote_addr", "remote_ip", "client_ip", "host", "request/client_ip", "request/remote_ip"]),
        time: field(&["time_iso8601", "@timestamp", "timestamp", "time", "time_local", "ts"]),
        request: field(&["request", "req"]),
        method: field(&["method", "request_method", "request/method"]),
        path: field(&["request_uri", "uri", "path", "request/uri"]),
        status: field(&["status", "status_code"]),
        bytes: field(&["body_bytes_sent", "bytes_sent", "size", "bytes"]),
        agent: field(&["http_user_agent", "user_agent", "ua", "agent", "request/headers/User-Agent/0"]),
    }
    .line()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Line<'_>, BadLine> {
        Line::parse(text.as_bytes(), Format::Auto)
    }

    #[test]
    fn the_same_access_is_read_alike_from_every_form() {
        let lines = [
            r#"192.0.2.1 - - [21/Nov/2026:10:00:05 +0900] "GET /dataset/a?x=1 HTTP/1.1" 200 512 "-" "curl/8 \"x\"""#.to_owned(),
            "host:192.0.2.1\ttime:[21/Nov/2026:10:00:05 +0900]\treq:GET /dataset/a?x=1 HTTP/1.1\tstatus:200\tsize:512\tua:curl/8 \"x\"".to_owned(),
            r#"{"remote_addr":"192.0.2.1","time_iso8601":"2026-11-21T10:00:05+09:00","request":"GET /dataset/a?x=1 HTTP/1.1","status":200,"body_bytes_sent":512,"http_user_agent":"curl/8 \"x\""}"#.to_owned(),
            r#"{"ts":1795222805.0,"request":{"remote_ip":"192.0.2.1","method":"GET","uri":"/dataset/a?x=1","headers":{"User-Agent":["curl/8 \"x\""]}},"size":512,"status":200}"#.to_owned(),
        ];
        for text in &lines {
            let line = parse(text).unwrap_or_else(|BadLine(reason)| unreachable!("{text}: {reason}"));
            assert_eq!(line.time_ms, 1_795_222_805_000, "{text}");
            assert_eq!(
                (line.method.as_ref(), line.path.as_ref(), line.status, line.bytes),
                ("GET", "/dataset/a?x=1", 200, 512)
            );
            assert_eq!(line.agent.as_ref(), b"curl/8 \"x\"", "{text}");
            assert_eq!(line.address.to_string(), "192.0.2.1");
        }
        let common =
            parse(r#"2001:db8::1 - user [21/Nov/2026:10:00:05 +0900] "HEAD http://city.example/a HTTP/1.0" 304 -"#);
        let common = common.expect("common");
        assert_eq!((common.path.as_ref(), common.bytes, common.agent.len()), ("/a", 0, 0));
    }

    #[test]
    fn a_bad_line_says_what_is_wrong_and_nothing_of_what_it_holds() {
        for (text, reason) in [
            ("localhost - - [21/Nov/2026:10:00:05 +0900] \"GET / HTTP/1.1\" 200 1", NO_ADDRESS),
            ("192.0.2.1 - - [32/Nov/2026:10:00:05 +0900] \"GET / HTTP/1.1\" 200 1", NO_TIME),
            ("192.0.2.1 - - [21/Nov/2026:10:00:05 +0900] \"\\x16\\x03\" 400 1", NO_REQUEST),
            ("192.0.2.1 - - [21/Nov/2026:10:00:05 +0900] \"GET / HTTP/1.1\" x 1", NO_STATUS),
            ("{\"a\":", BadLine("it is no JSON")),
        ] {
            assert_eq!(parse(text).expect_err("bad"), reason, "{text}");
        }
        assert_eq!(Line::parse(&[0xff, b' '], Format::Auto).expect_err("bad"), NO_TEXT);
    }
}
