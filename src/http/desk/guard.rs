//! The guard of every door: whence a form comes, who is signed in, whether there is anything the person may do behind the
//! door, whether the password was given lately, and whether the form carries its token. Then the handler decides about
//! its object, by [`Signed::permit`]; an answer of a handler that never asked is held back.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use super::cookie::Cookie;
use super::door::FORM_LIMIT_BYTES;
use super::fields::Fields;
use super::see_other;
pub use super::signed::Signed;
pub(super) use super::signed::{Visit, first_twenty, is_token, no_token, refused};
use super::state::Known;
use crate::count::access::{Access, Caller};
use crate::count::address::{NO_ADDRESS, client_address};
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::model::account::{Verb, may_somewhere};
use crate::model::rights::About;
use crate::model::session::{FRESH, FRESH_FOR_FORM, Secret};

/// What a page of the desk may load: only what this server serves; pictures may lie in it (maps draw into them).
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; worker-src 'self'; font-src 'self'; connect-src 'self'; \
     img-src 'self' data: blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// One door, as the guard knows it.
#[derive(Debug, Clone)]
pub(super) struct Door {
    pub(super) app: Arc<App>,
    pub(super) verb: Verb,
    /// Whether the handler reads the body, and the token in it, itself.
    pub(super) streamed: bool,
}

/// Opens a door, or says why not.
pub(super) async fn pass(State(door): State<Door>, request: Request, next: Next) -> Response {
    match opened(&door, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn opened(door: &Door, mut request: Request, next: Next) -> Result<Response, Problem> {
    let app = &door.app;
    let desk = app.desk.as_ref().ok_or_else(Problem::not_found)?;
    let rule = door.verb.rule().ok_or_else(refused)?;
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    if changes && !is_from_here(request.headers(), &desk.origin) {
        return Err(Problem::Forbidden {
            detail: "よそのページから送られた内容は受け付けません。".to_owned()
        });
    }
    let secure = desk.secure;
    let secret = Cookie::Session.read(request.headers(), secure);
    let known = match &secret {
        Some(secret) => desk.known(app, secret).await?,
        None => None,
    };
    let outside = rule.about == About::Nobody;
    let signed = match (&secret, &known) {
        (Some(secret), Some(known)) if !known.session.half => {
            Some(Signed::at(door.verb, known, secret, address(app, &request)))
        }
        _ => None,
    };
    let Some(signed) = signed else {
        if !outside {
            return Ok(sign_in_first(&request, changes));
        }
        return visited(door, request, next, secret.filter(|_| known.is_some()), known, changes).await;
    };
    if outside {
        return visited(door, request, next, secret, known, changes).await;
    }
    if !may_somewhere(&signed.actor, door.verb) {
        note_refusal(app, &signed, request.uri().path()).await;
        return Err(refused());
    }
    let limit = if changes { FRESH } else { FRESH_FOR_FORM };
    if rule.fresh && !signed.session().is_fresh(app.clock.now(), limit) {
        return Ok(confirm_first(&request, changes));
    }
    if changes && !door.streamed {
        request = with_fields(request, &signed.secret).await?;
    }
    let path = request.uri().path().to_owned();
    request.extensions_mut().insert(signed.clone());
    let mut response = next.run(request).await;
    if response.status() == StatusCode::FORBIDDEN {
        note_refusal(app, &signed, &path).await;
    } else if rule.about == About::Organization && !signed.has_asked() && !is_harmless(response.status()) {
        tracing::error!(
            path,
            verb = door.verb.as_str(),
            "a handler answered without asking who may; its answer is held back"
        );
        return Err(refused());
    }
    response.extensions_mut().insert(Caller { api_key: false, staff: true });
    Ok(response)
}

/// Answers that show and change nothing: what was sent does not fit, or there is no such thing.
fn is_harmless(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}

/// A door that needs no account.
async fn visited(
    door: &Door,
    mut request: Request,
    next: Next,
    session: Option<Secret>,
    known: Option<Known>,
    changes: bool,
) -> Result<Response, Problem> {
    let desk = door.app.desk.as_ref().ok_or_else(Problem::not_found)?;
    let visit = Cookie::Visit.read(request.headers(), desk.secure);
    let mut fresh = None;
    let secret = match session.or(visit) {
        Some(secret) => secret,
        None if changes => {
            let detail =
                "クッキーが使えないため、受け付けられませんでした。クッキーを有効にしてから、もう一度お試しください。";
            return Err(Problem::Forbidden { detail: detail.to_owned() });
        }
        None => {
            let secret = desk.new_secret()?;
            fresh = Some(secret.clone());
            secret
        }
    };
    let staff = known.as_ref().is_some_and(|known| !known.session.half);
    let visit = Visit {
        session: known.map(|known| known.session),
        form_token: secret.form_token(),
        address: address(&door.app, &request),
    };
    if changes {
        request = with_fields(request, &secret).await?;
    }
    request.extensions_mut().insert(visit);
    let mut response = next.run(request).await;
    if let Some(fresh) = fresh {
        Cookie::Visit.set(response.headers_mut(), &fresh, desk.secure);
    }
    response.extensions_mut().insert(Caller { api_key: false, staff });
    Ok(response)
}

/// Reads a form and checks its token; a body of another kind is none.
async fn with_fields(request: Request, secret: &Secret) -> Result<Request, Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Problem::BadRequest { detail: "フォームの内容ではありません。".to_owned() });
    }
    let (mut parts, body) = request.into_parts();
    let body = to_bytes(body, FORM_LIMIT_BYTES).await.map_err(|_| Problem::TooLarge)?;
    let fields = Fields::parse(&body);
    if !is_token(secret, fields.get("csrf")) {
        return Err(no_token());
    }
    parts.extensions.insert(fields);
    Ok(Request::from_parts(parts, Body::empty()))
}

/// Whether a browser says that a form was sent by a page of ours. What says nothing at all is left to the token.
fn is_from_here(headers: &HeaderMap, origin: &str) -> bool {
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("-"));
    if let Some(site) = text(&HeaderName::from_static("sec-fetch-site"))
        && site != "same-origin"
    {
        return false;
    }
    text(&header::ORIGIN).is_none_or(|given| {
        given == origin
            || text(&header::HOST).is_some_and(|host| {
                !host.is_empty()
                    && given.strip_prefix("http://").or_else(|| given.strip_prefix("https://")) == Some(host)
            })
    })
}

fn is_page(request: &Request) -> bool {
    request.headers().get(header::ACCEPT).is_none_or(|value| {
        let value = value.to_str().unwrap_or_default();
        value.contains("text/html") || value.contains("*/*")
    })
}

fn sign_in_first(request: &Request, changes: bool) -> Response {
    if changes || !is_page(request) {
        return Problem::Unauthorized.into_response();
    }
    see_other(&format!("/desk/sign-in?{}", next_of(request)))
}

/// A form that comes too late is not taken: its page asks for the password again before it shows the form.
fn confirm_first(request: &Request, changes: bool) -> Response {
    if changes {
        let detail =
            "大切な操作のため、パスワードの確認が必要です。前の画面に戻って読み込み直すと、確認の画面が開きます。";
        return Problem::Forbidden { detail: detail.to_owned() }.into_response();
    }
    see_other(&format!("/desk/confirm?{}", next_of(request)))
}

fn next_of(request: &Request) -> String {
    let path = request.uri().path_and_query().map_or("/desk", |path| path.as_str());
    url::form_urlencoded::Serializer::new(String::new()).append_pair("next", path).finish()
}

/// Where a person goes after the sign-in: a path of the desk, and nothing that a browser could take for another place.
pub(super) fn own_path(given: &str) -> &str {
    let is_desk = given == "/desk" || given.starts_with("/desk/") || given.starts_with("/desk?");
    let plain = given.len() <= 2_000
        && given.bytes().all(|b| b.is_ascii_graphic() && b != b'\\' && b != b'#')
        && !given.split(['?', '/']).any(|part| part == "..");
    if is_desk && plain && !given.starts_with("/desk/sign-") { given } else { "/desk" }
}

/// Whence a request came, behind trusted proxies as for the figures. It is never kept.
fn address(app: &App, request: &Request) -> IpAddr {
    let peer = request.extensions().get::<ConnectInfo<std::net::SocketAddr>>().map_or(NO_ADDRESS, |peer| peer.0.ip());
    let Ok(name) = HeaderName::from_bytes(app.config.forwarded_header.to_lowercase().as_bytes()) else { return peer };
    let values = request.headers().get_all(&name).iter().rev().map(HeaderValue::as_bytes);
    client_address(peer, &app.config.trusted_proxies, name == header::FORWARDED, values)
}

async fn note_refusal(app: &Arc<App>, signed: &Signed, path: &str) {
    let (signed, path) = (signed.clone(), path.to_owned());
    let noted = super::work(app, "noting a refusal", move |app| {
        app.store.note(&signed.act(app, signed.verb.as_str(), &path, None, "refused"))
    });
    // The refusal stands whether it could be noted or not; that it could not is in the log.
    let _ = noted.await;
}

/// What every answer of the desk carries: it is kept nowhere, framed nowhere, and counted as a page of the staff.
pub(super) async fn close(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if app.desk.as_ref().is_some_and(|desk| desk.secure) {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));
    response.extensions_mut().insert(Access::StaffPage);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_the_desk_come_after_the_sign_in() {
        for path in ["/desk", "/desk/accounts?q=a", "/desk/audit", "/desk?x=1"] {
            assert_eq!(own_path(path), path);
        }
        for path in [
            "",
            "/",
            "//evil.example",
            "/desk//..//..",
            "/desk/../x",
            "https://evil.example/desk",
            "/deskx",
            "/desk\\x",
            "/desk/\r\nx: y",
            "/desk/あ",
            "/\\evil.example",
            "javascript:alert(1)",
            "/desk/sign-in",
            "/desk/sign-out",
            "/dataset",
        ] {
            assert_eq!(own_path(path), "/desk", "{path}");
        }
    }

    #[test]
    fn a_form_comes_from_here_or_says_nothing() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
        };
        let here = |pairs: &[(&'static str, &'static str)]| is_from_here(&headers(pairs), "https://desk.example.lg.jp");
        assert!(here(&[]));
        assert!(here(&[("origin", "https://desk.example.lg.jp"), ("sec-fetch-site", "same-origin")]));
        assert!(here(&[("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")]));
        for pairs in [
            &[("origin", "https://evil.example")][..],
            &[("origin", "null")],
            &[("origin", "")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("origin", "https://desk.example.lg.jp"), ("sec-fetch-site", "cross-site")],
            &[("origin", "https://evil.example"), ("host", "127.0.0.1:8080")],
            &[("origin", "https://"), ("host", "")],
            &[("origin", "ftp://127.0.0.1"), ("host", "127.0.0.1")],
        ] {
            assert!(!here(pairs), "{pairs:?}");
        }
    }
}
