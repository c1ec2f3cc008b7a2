//! Who is let in: requests under the site's own name, or under one of this machine's, and from no page of another site.
//!
//! A page of another site can make a browser inside the city hall ask a server there, by having its own name point to
//! that server's address. Such a request carries the page's name as `Host` and as `Origin`, by which it is told.

use http::uri::Authority;
use http::{HeaderMap, Uri, header};
use url::{Host, Url};

use crate::config::Config;

const HOST: &str = "Host ヘッダーがこのサイトの名前ではありません / the Host header does not name this site";
const ORIGIN: &str = "このサイト以外のページからは利用できません / pages of other sites cannot use this endpoint";

/// Whether the request is let in.
///
/// # Errors
/// Why not, in Japanese and English.
pub(super) fn check(config: &Config, uri: &Uri, headers: &HeaderMap) -> Result<(), &'static str> {
    let site = Url::parse(&config.public_url()).map_err(|_| HOST)?;
    let asked = match headers.get(header::HOST) {
        Some(host) => Authority::try_from(host.as_bytes()).ok(),
        // HTTP/2 names it in the address.
        None => uri.authority().cloned(),
    };
    let asked = asked.and_then(|authority| host_of(authority.host())).ok_or(HOST)?;
    let is_own = site.host().is_some_and(|own| own.to_owned() == asked);
    if !(is_own || is_local(&asked) || is_listened(config, &asked)) {
        return Err(HOST);
    }
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let is_fine = |origin: Option<Url>| {
        origin.is_some_and(|origin| {
            origin.origin() == site.origin() || origin.host().is_some_and(|host| is_local(&host.to_owned()))
        })
    };
    let fine = origins.all(|origin| is_fine(origin.to_str().ok().and_then(|text| Url::parse(text).ok())));
    if fine { Ok(()) } else { Err(ORIGIN) }
}

fn host_of(text: &str) -> Option<Host> {
    Host::parse(text).ok()
}

/// Whether it is this machine, as programs on it call it.
fn is_local(host: &Host) -> bool {
    match host {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// Whether it is the address that the server listens on.
fn is_listened(config: &Config, host: &Host) -> bool {
    match host {
        Host::Domain(_) => false,
        Host::Ipv4(address) => config.listen.ip() == *address,
        Host::Ipv6(address) => config.listen.ip() == *address,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn asked(host: &'static str, origin: Option<&'static str>) -> bool {
        let config = Config { site_url: "https://data.example.jp".to_owned(), ..Config::default() };
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static(host));
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
        }
        check(&config, &Uri::from_static("/mcp"), &headers).is_ok()
    }

    #[test]
    fn only_names_of_this_site_and_machine_are_let_in() {
        for host in ["data.example.jp", "DATA.example.jp:443", "localhost:8080", "127.0.0.1:8080", "[::1]:8080"] {
            assert!(asked(host, None), "{host}");
        }
        for host in ["evil.example", "data.example.jp.evil.example", "localhost.evil.example", "192.0.2.1", "", "a b"] {
            assert!(!asked(host, None), "{host}");
        }
        let none = check(&Config::default(), &Uri::from_static("/mcp"), &HeaderMap::new());
        assert_eq!(none, Err(HOST), "without a name");
    }

    #[test]
    fn pages_of_other_sites_are_not_let_in() {
        let own = "data.example.jp";
        for origin in ["https://data.example.jp", "http://localhost:6274", "http://127.0.0.1"] {
            assert!(asked(own, Some(origin)), "{origin}");
        }
        for origin in ["https://evil.example", "http://data.example.jp", "https://data.example.jp:8443", "null", ""] {
            assert!(!asked(own, Some(origin)), "{origin}");
        }
    }
}
