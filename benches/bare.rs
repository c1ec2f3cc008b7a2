//! The peer of `tests/bench/serve.py`: nothing but axum, handing out files that it holds in memory.
//!
//! Usage: `bare FOLDER PORT`. Every file below FOLDER is a gzip tile and is served at its path in there (a name may hold
//! commas) with the headers a tile needs: media type, encoding, and a strong tag; a caller whose tag is current gets 304.
//! Runtime, allocator, protocol and TCP_NODELAY are those of `hiraku serve`. It looks at no other header and counts
//! nothing.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::serve::ListenerExt as _;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Tile {
    body: Bytes,
    tag: HeaderValue,
}

type Tiles = Arc<HashMap<String, Tile>>;

fn main() -> io::Result<()> {
    // `cargo bench` adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [folder, port] = arguments.as_slice() else {
        println!("usage: bare FOLDER PORT");
        return Ok(());
    };
    let port: u16 = port.parse().map_err(io::Error::other)?;
    let mut tiles = HashMap::new();
    load(Path::new(folder), Path::new(folder), &mut tiles)?;
    println!("{} tiles", tiles.len());
    let router = Router::new().route("/tiles/{layer}/{z}/{x}/{y}", get(tile)).with_state(Arc::new(tiles));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        axum::serve(listener, router).await
    })
}

/// Reads every file below `folder` by its address.
fn load(root: &Path, folder: &Path, tiles: &mut HashMap<String, Tile>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path: PathBuf = entry?.path();
        if path.is_dir() {
            load(root, &path, tiles)?;
        } else if let Ok(own) = path.strip_prefix(root) {
            let body = fs::read(&path)?;
            let tag = format!("\"{}-gzip\"", &blake3::hash(&body).to_hex()[..16]);
            let tag = HeaderValue::from_str(&tag).map_err(io::Error::other)?;
            tiles.insert(format!("/{}", own.display()), Tile { body: Bytes::from(body), tag });
        }
    }
    Ok(())
}

async fn tile(State(tiles): State<Tiles>, uri: Uri, headers: HeaderMap) -> Response {
    let Some(tile) = tiles.get(uri.path()) else { return StatusCode::NOT_FOUND.into_response() };
    let mut response = if headers.get(header::IF_NONE_MATCH) == Some(&tile.tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = Response::new(tile.body.clone().into());
        let own = response.headers_mut();
        own.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/vnd.mapbox-vector-tile"));
        own.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        response
    };
    response.headers_mut().insert(header::ETAG, tile.tag.clone());
    response
}
