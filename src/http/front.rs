//! The way into the server. What is answered with stored bytes goes past the routes: a map asks for tiles by the
//! hundred, and they need none of what the routes do for others.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, Request};
use hyper::body::Incoming;
use tower::ServiceExt as _;

use super::app::App;
use super::counting::{Asked, Counting, counted};
use super::{headers, tiles};
use crate::count::access::Access;

/// The routes, and the short way past them.
#[derive(Debug, Clone)]
pub struct Front {
    router: Router,
    short: Option<Arc<Short>>,
    connections: Arc<AtomicU64>,
}

/// What the short way needs.
#[derive(Debug)]
struct Short {
    app: Arc<App>,
    counting: Option<Arc<Counting>>,
    policy: HeaderValue,
}

impl From<Router> for Front {
    /// Routes alone.
    fn from(router: Router) -> Self {
        Self { router, short: None, connections: Arc::default() }
    }
}

impl Front {
    /// Everything the public server answers; with `counting`, every answer is counted.
    pub fn new(app: Arc<App>, counting: Option<Arc<Counting>>) -> Self {
        let policy = headers::content_security_policy(&app.config.base_map_hosts);
        let mut router = super::router(Arc::clone(&app));
        if let Some(counting) = &counting {
            router = counted(router, Arc::clone(counting));
        }
        Self { router, short: Some(Arc::new(Short { app, counting, policy })), connections: Arc::default() }
    }

    /// Connections that are open now.
    pub fn connections(&self) -> &Arc<AtomicU64> {
        &self.connections
    }

    /// The answer to a request of `peer`.
    pub(super) async fn answer(&self, mut request: Request<Incoming>, peer: SocketAddr) -> Response {
        if let Some(response) = self.short.as_ref().and_then(|short| short.answer(&request, peer)) {
            return response;
        }
        request.extensions_mut().insert(ConnectInfo::<SocketAddr>(peer));
        match self.router.clone().oneshot(request.map(Body::new)).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

impl Short {
    /// A tile that is there at once; the same answer as that of the routes.
    fn answer(&self, request: &Request<Incoming>, peer: SocketAddr) -> Option<Response> {
        if request.method() != Method::GET {
            return None;
        }
        let uri = request.uri();
        let (name, coord) = tiles::parse(uri.path())?;
        let known = tiles::at_once(&self.app, name, coord, uri.query(), request.headers())?;
        let (mut response, access) = known.unwrap_or_else(|problem| (problem.into_response(), Access::Other));
        headers::make_readable(response.headers_mut());
        headers::make_secure(response.headers_mut(), &self.policy);
        if let Some(counting) = &self.counting {
            counting.count(&Asked::of(request, peer.ip(), counting), access, &mut response);
        }
        Some(response)
    }
}
