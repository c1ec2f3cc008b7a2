//! Connections: accept, hand to the router, end in order.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::front::Front;

/// Most connections at once. Each takes some 20 KB while idle: 4,096 are 80 MB at the worst, and stay below the usual
/// limit of open files together with what they read.
const CONNECTIONS_LIMIT: usize = 4_096;
/// Longest time for a caller to send the head of a request, also between two requests on one connection.
const HEADER_LIMIT: Duration = Duration::from_secs(15);
/// Longest head: names in filters are sent in the address.
const HEADER_LIMIT_BYTES: usize = 64 << 10;
/// How long running requests may go on once the server is told to stop.
const FAREWELL_LIMIT: Duration = Duration::from_secs(10);

/// Serves until `stop` is done, then lets running requests end.
///
/// Routes find the peer's address in each request's extensions as `ConnectInfo<SocketAddr>`.
pub async fn serve(front: impl Into<Front>, listener: TcpListener, stop: impl Future<Output = ()>) {
    let front = Arc::new(front.into());
    let places = Arc::new(Semaphore::new(CONNECTIONS_LIMIT));
    let graceful = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, or the peer is gone already: go on, but do not spin.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        // Small answers go out at once.
        let _ = stream.set_nodelay(true);
        let open = Arc::clone(front.connections());
        open.fetch_add(1, Ordering::Relaxed);
        let front = Arc::clone(&front);
        let service = hyper::service::service_fn(move |request: Request<Incoming>| {
            let front = Arc::clone(&front);
            async move { Ok::<_, Infallible>(front.answer(request, peer).await) }
        });
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_LIMIT)
            .max_buf_size(HEADER_LIMIT_BYTES)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A connection that breaks is the caller's affair; nothing is left to answer.
            let _ = connection.await;
            open.fetch_sub(1, Ordering::Relaxed);
            drop(place);
        });
    }
    drop(listener);
    tokio::select! {
        () = graceful.shutdown() => {}
        () = tokio::time::sleep(FAREWELL_LIMIT) => tracing::warn!("some requests were cut off at the end"),
    }
}
