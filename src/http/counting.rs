//! The counting layer: outermost around all routes, so that every answer is recorded – those of the 404 fallback,
//! errors and 304 among them – before its head goes out.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::Router;
use axum::body::HttpBody as _;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use http::header::{CONTENT_RANGE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::daily_dataset;
use super::meter::Meter;
use crate::config::Config;
use crate::count::access::{Access, AlsoLayers, Caller};
use crate::count::address::{NO_ADDRESS, client_address};
use crate::count::counter::{Answered, Counted, Counter};
use crate::count::tally::Repeats;
use crate::count::verdict::{Facts, Method, Part, Verdict};

/// The header that says how an answer was counted, where `counting_debug` is set: `browser/counted`.
pub const COUNTED: HeaderName = HeaderName::from_static("x-hiraku-counted");

/// Keys that the debug header's 30-second rule remembers before it forgets the old ones.
const MOST_REPEATS: usize = 10_000;

/// What the layer needs.
#[derive(Debug)]
pub struct Counting {
    counter: Arc<Counter>,
    trusted_proxies: Vec<ipnet::IpNet>,
    forwarded_header: HeaderName,
    /// Whether that header is `Forwarded` (RFC 7239) with its pairs, and no plain list.
    elements: bool,
    /// What the operator sees of the answers of this process.
    meter: Meter,
    /// The 30-second rule for the debug header alone; the figures get theirs from the roll-up.
    debug: Option<Mutex<Repeats>>,
}

impl Counting {
    /// Takes `trusted_proxies`, `forwarded_header` and `counting_debug` from the settings; fails where the header's
    /// name is none.
    pub fn new(counter: Arc<Counter>, config: &Config) -> Result<Self, http::header::InvalidHeaderName> {
        let forwarded_header = HeaderName::from_bytes(config.forwarded_header.to_lowercase().as_bytes())?;
        Ok(Self {
            counter,
            trusted_proxies: config.trusted_proxies.clone(),
            elements: forwarded_header == http::header::FORWARDED,
            forwarded_header,
            meter: Meter::default(),
            debug: config.counting_debug.then(Mutex::default),
        })
    }

    /// The counter.
    pub fn counter(&self) -> &Arc<Counter> {
        &self.counter
    }

    /// What was answered since the start, for the operator.
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// The class and verdict for the debug header, the 30-second rule applied to the answers of this process.
    fn explain(&self, repeats: &Mutex<Repeats>, counted: &Counted) -> String {
        let mut verdict = counted.verdict;
        if verdict == Verdict::Counted {
            let window_ms = self.counter.definition().windows.repeat_ms;
            let mut repeats = repeats.lock().unwrap_or_else(PoisonError::into_inner);
            if repeats.len() >= MOST_REPEATS {
                repeats.forget_before(counted.time_ms, window_ms);
            }
            if !repeats.passes(counted.token, counted.kind, counted.target, counted.time_ms, window_ms) {
                verdict = Verdict::Dup30;
            }
        }
        format!("{}/{}", counted.class, verdict.name())
    }
}

/// Puts the counting layer around a finished router. What is layered on afterwards is not counted.
///
/// The peer's address comes from `ConnectInfo<SocketAddr>`: serve with
/// `into_make_service_with_connect_info::<SocketAddr>()`.
pub fn counted(router: Router, counting: Arc<Counting>) -> Router {
    router.layer(from_fn_with_state(counting, count))
}

async fn count(State(counting): State<Arc<Counting>>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map_or(NO_ADDRESS, |ConnectInfo(peer)| peer.ip());
    let asked = Asked::of(&request, peer, &counting);
    let mut response = next.run(request).await;
    let access = response.extensions().get::<Access>().copied().unwrap_or(Access::Other);
    counting.count(&asked, access, &mut response);
    response
}

impl Counting {
    /// Records an answer before its head goes out.
    pub(super) fn count(&self, asked: &Asked, access: Access, response: &mut Response) {
        let access = daily_dataset::counted(access);
        let extensions = response.extensions();
        let answered = Answered {
            address: asked.address,
            agent: asked.agent.as_ref().map_or(&[], HeaderValue::as_bytes),
            caller: extensions.get::<Caller>().copied().unwrap_or_default(),
            access,
            also_layers: extensions.get::<AlsoLayers>().map_or(&[], |layers| &layers.0),
            page: asked.page,
            facts: Facts {
                method: asked.method,
                status: response.status().as_u16(),
                part: response.headers().get(CONTENT_RANGE).map_or(Part::Unknown, |v| Part::parse(v.as_bytes())),
                prefetch: asked.prefetch,
                own_page: asked.own_page,
            },
            length_bytes: response.body().size_hint().exact(),
        };
        let counted = self.counter.count(&answered);
        self.meter.note(counted.class, counted.verdict, answered.facts.status, asked.began.elapsed());
        if let Some(repeats) = &self.debug
            && let Ok(value) = HeaderValue::from_str(&self.explain(repeats, &counted))
        {
            response.headers_mut().insert(COUNTED, value);
        }
    }
}

/// What the rules need of a request, taken before the handler consumes it. Cloning a header value copies no bytes.
pub(super) struct Asked {
    began: Instant,
    address: IpAddr,
    agent: Option<HeaderValue>,
    method: Method,
    page: u128,
    prefetch: bool,
    own_page: bool,
}

impl Asked {
    pub(super) fn of<B>(request: &http::Request<B>, peer: IpAddr, counting: &Counting) -> Self {
        let headers = request.headers();
        let values = headers.get_all(&counting.forwarded_header).iter().rev().map(HeaderValue::as_bytes);
        Self {
            began: Instant::now(),
            address: client_address(peer, &counting.trusted_proxies, counting.elements, values),
            agent: headers.get(USER_AGENT).cloned(),
            method: match *request.method() {
                http::Method::GET => Method::Get,
                http::Method::POST => Method::Post,
                _ => Method::Another,
            },
            page: page(request.uri().path()),
            prefetch: is_prefetch(headers),
            own_page: is_own_page(headers),
        }
    }
}

/// A digest of the path; no secret, it only tells pages apart.
fn page(path: &str) -> u128 {
    siphasher::sip128::SipHasher13::new().hash(path.as_bytes()).as_u128()
}

fn is_prefetch(headers: &HeaderMap) -> bool {
    ["sec-purpose", "purpose", "x-moz"].iter().any(|name| {
        headers.get_all(*name).iter().any(|value| {
            let mut words = value.as_bytes().split(|byte| !byte.is_ascii_alphabetic());
            words.any(|word| word.eq_ignore_ascii_case(b"prefetch") || word.eq_ignore_ascii_case(b"prerender"))
        })
    })
}

fn is_own_page(headers: &HeaderMap) -> bool {
    let is = |name, text: &[u8]| headers.get(name).map(|value: &HeaderValue| value.as_bytes() == text);
    is("sec-fetch-site", b"same-origin") == Some(true) && is("sec-fetch-mode", b"navigate") == Some(false)
}
