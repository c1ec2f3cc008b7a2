//! Tiles made on request: composites of several layers, and layers filtered by their attributes.
//!
//! Equal requests in flight are one computation; what was computed is kept, the least used given up first; and no more
//! than a few wait for a thread, since whoever comes later has moved the map by then.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use moka::future::Cache;
use tokio::sync::Semaphore;

use crate::http::problem::Problem;

/// Bytes of computed tiles kept: some 400 of 40 KB.
const KEPT_BYTES: u64 = 16 << 20;
/// Threads that compute at once.
const PLACES: usize = 2;
/// Computations that wait for a thread: at 20 ms each less than a second.
const MOST_WAITING: usize = 64;

/// A computed tile.
#[derive(Debug, Clone)]
pub struct ComputedTile {
    /// The tile as one gzip member; `None` where it holds nothing.
    pub gzip: Option<Bytes>,
    /// 64 bits of its BLAKE3.
    pub tag: u64,
}

impl ComputedTile {
    /// A tile of these bytes.
    pub fn new(gzip: Option<Vec<u8>>) -> Self {
        let mut first = [0; 8];
        first.copy_from_slice(&blake3::hash(gzip.as_deref().unwrap_or_default()).as_bytes()[..8]);
        Self { gzip: gzip.map(Bytes::from), tag: u64::from_le_bytes(first) }
    }
}

/// The tiles computed so far.
#[derive(Debug)]
pub struct Computed {
    kept: Cache<String, ComputedTile>,
    places: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
}

impl Default for Computed {
    fn default() -> Self {
        let weigh = |key: &String, tile: &ComputedTile| {
            let bytes = key.len() + tile.gzip.as_ref().map_or(0, Bytes::len) + 128;
            u32::try_from(bytes).unwrap_or(u32::MAX)
        };
        Self {
            kept: Cache::builder().max_capacity(KEPT_BYTES).weigher(weigh).build(),
            places: Arc::new(Semaphore::new(PLACES)),
            waiting: Arc::default(),
        }
    }
}

/// Counts one that waits for as long as it lives.
struct Waiting(Arc<AtomicUsize>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Computed {
    /// The tile under `key`, made by `work` on a thread of its own where it is not there yet. `key` names everything the
    /// tile depends on, versions included.
    ///
    /// # Errors
    /// [`Problem::Busy`] where too many wait already; what `work` fails with.
    pub async fn get(
        &self,
        key: String,
        work: impl FnOnce() -> Result<ComputedTile, Problem> + Send + 'static,
    ) -> Result<ComputedTile, Problem> {
        let making = async {
            let waiting = Waiting(Arc::clone(&self.waiting));
            if self.waiting.fetch_add(1, Ordering::Relaxed) >= MOST_WAITING {
                return Err(Problem::Busy);
            }
            let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| Problem::Busy)?;
            drop(waiting);
            tokio::task::spawn_blocking(move || {
                let _place = place;
                work()
            })
            .await
            .map_err(|error| Problem::internal("computing a tile", &error))?
        };
        self.kept.try_get_with(key, making).await.map_err(|problem| Problem::clone(&problem))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn equal_requests_are_one_computation() {
        let computed = Arc::new(Computed::default());
        let made = Arc::new(AtomicUsize::new(0));
        let asking = (0..50).map(|index| {
            let (computed, made) = (Arc::clone(&computed), Arc::clone(&made));
            tokio::spawn(async move {
                let key = format!("{}", index % 2);
                let work = move || {
                    std::thread::sleep(std::time::Duration::from_millis(30));
                    made.fetch_add(1, Ordering::SeqCst);
                    Ok(ComputedTile::new(Some(vec![index % 2])))
                };
                (index % 2, computed.get(key, work).await)
            })
        });
        for asked in asking.collect::<Vec<_>>() {
            let (wanted, tile) = asked.await.expect("runs");
            assert_eq!(tile.expect("a tile").gzip.as_deref(), Some([wanted].as_slice()));
        }
        assert_eq!(made.load(Ordering::SeqCst), 2);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn whoever_finds_too_many_waiting_is_told_at_once() {
        let computed = Arc::new(Computed::default());
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let wait = Arc::new(std::sync::Mutex::new(wait));
        let asking: Vec<_> = (0..PLACES + MOST_WAITING + 40)
            .map(|index| {
                let (computed, wait) = (Arc::clone(&computed), Arc::clone(&wait));
                tokio::spawn(async move {
                    let work = move || {
                        let _ = wait.lock().map(|wait| wait.recv());
                        Ok(ComputedTile::new(None))
                    };
                    computed.get(index.to_string(), work).await.is_err()
                })
            })
            .collect();
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        drop(go);
        let mut refused = 0;
        for asked in asking {
            refused += usize::from(asked.await.expect("runs"));
        }
        assert!((30..=41).contains(&refused), "{refused}");
        // A refusal is not kept.
        assert!(computed.get("0".to_owned(), || Ok(ComputedTile::new(None))).await.is_ok());
    }
}
