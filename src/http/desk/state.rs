//! What the desk needs while the server runs.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;

use super::throttle::Throttle;
use crate::config::Config;
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::model::account::Actor;
use crate::model::session::{Secret, Session};

/// Fills a buffer with random bytes of the system.
pub type Random = fn(&mut [u8]) -> std::io::Result<()>;

/// Passwords that are hashed at once: each takes 32 MiB and a core for some 60 ms.
const HASHES_LIMIT: usize = 2;
/// Longest wait for a place among them.
const HASH_WAIT_LIMIT: Duration = Duration::from_secs(5);
/// Sessions kept in memory: some 500 bytes each. Beyond, all are read again.
const KEPT_LIMIT: usize = 10_000;
/// How often the last use of a session is written down.
const WRITTEN_EVERY: jiff::SignedDuration = jiff::SignedDuration::from_secs(60);

/// Who a session belongs to, as it stands now.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) session: Session,
    pub(super) actor: Arc<Actor>,
}

#[derive(Debug)]
struct Kept {
    known: Known,
    generation: u64,
    written: jiff::Timestamp,
}

/// The desk.
#[derive(Debug)]
pub struct Desk {
    random: Random,
    /// Whether it lies on the public listener.
    pub on_public: bool,
    /// Whether it is reached by https.
    pub secure: bool,
    /// Its origin, as a browser says it: `https://desk.example.lg.jp`.
    pub origin: String,
    pub(super) throttle: Throttle,
    kept: Mutex<HashMap<[u8; 32], Kept>>,
    hashing: Semaphore,
}

/// Why the desk cannot be opened as the settings have it.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// The address is none.
    #[error("desk_url: {found:?} is no http or https URL / desk_url がURLではありません")]
    Url {
        /// As set.
        found: String,
    },
    /// Passwords would go over the network readable by others.
    #[error(
        "desk_listen: {listen} is reached over the network, so desk_url must begin with https:// (a proxy in front takes \
         the TLS) / {listen} はネットワークから届くため、desk_url を https:// で始まるアドレスにしてください(TLSは前段のプロキシで受けます)"
    )]
    Insecure {
        /// Where it would listen.
        listen: SocketAddr,
    },
}

impl Desk {
    /// The desk of the settings: on a listener of its own where `desk_listen` is set; else on the public one, where that
    /// is a loopback address under which nobody else is promised anything (`site_url` empty); else there is none.
    pub fn of(config: &Config, random: Random) -> Result<Option<Self>, DeskError> {
        let (listen, on_public) = match config.desk_listen {
            Some(listen) => (listen, listen == config.listen),
            None if config.listen.ip().is_loopback() && config.site_url.is_empty() => (config.listen, true),
            None => return Ok(None),
        };
        let given = match (config.desk_url.as_str(), on_public) {
            ("", true) => config.public_url(),
            ("", false) => format!("http://{listen}"),
            (url, _) => url.trim_end_matches('/').to_owned(),
        };
        let url = url::Url::parse(&given).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let url = url.ok_or(DeskError::Url { found: given })?;
        let secure = url.scheme() == "https";
        if !secure && !listen.ip().is_loopback() {
            return Err(DeskError::Insecure { listen });
        }
        Ok(Some(Self {
            random,
            on_public,
            secure,
            origin: url.origin().ascii_serialization(),
            throttle: Throttle::default(),
            kept: Mutex::default(),
            hashing: Semaphore::new(HASHES_LIMIT),
        }))
    }

    /// Random bytes.
    ///
    /// # Errors
    /// [`Problem::Internal`] where the system gives none.
    pub(super) fn random<const N: usize>(&self) -> Result<[u8; N], Problem> {
        let mut bytes = [0; N];
        (self.random)(&mut bytes).map_err(|error| Problem::internal("taking random bytes", &error))?;
        Ok(bytes)
    }

    /// A new secret.
    pub(super) fn new_secret(&self) -> Result<Secret, Problem> {
        Ok(Secret::new(self.random()?))
    }

    /// Whether a sign-in may be tried now; else the seconds to wait.
    pub(super) fn attempt(&self, now: jiff::Timestamp, who: (&str, std::net::IpAddr)) -> Result<(), u64> {
        self.throttle.attempt(now, who, self.random)
    }

    /// Who a secret belongs to, where it opens a session that is alive. Notes that the session was used.
    pub(super) async fn known(&self, app: &Arc<App>, secret: &Secret) -> Result<Option<Known>, Problem> {
        let digest = secret.digest();
        let now = app.clock.now();
        let generation = app.store.people_generation();
        let kept =
            self.kept().get(&digest).filter(|kept| kept.generation == generation).map(|k| (k.known.clone(), k.written));
        let found = match kept {
            Some(kept) => Some(kept),
            None => super::work(app, "looking at a session", move |app| app.store.session(&digest)).await?.map(
                |(session, actor)| {
                    let written = session.seen;
                    (Known { session, actor: Arc::new(actor) }, written)
                },
            ),
        };
        let Some((mut known, mut written)) = found.filter(|(known, _)| known.session.is_alive(now)) else {
            self.kept().remove(&digest);
            return Ok(None);
        };
        known.session.seen = now;
        if now.duration_since(written).abs() >= WRITTEN_EVERY {
            written = now;
            let id = known.session.id.clone();
            super::work(app, "noting the use of a session", move |app| app.store.touch_session(&id, now)).await?;
        }
        let mut kept = self.kept();
        if kept.len() >= KEPT_LIMIT {
            kept.clear();
        }
        kept.insert(digest, Kept { known: known.clone(), generation, written });
        drop(kept);
        Ok(Some(known))
    }

    /// Hashes or checks a password on a thread that may be kept busy, a few at a time.
    ///
    /// # Errors
    /// [`Problem::Busy`] where no place becomes free in time.
    pub(super) async fn hashing<T: Send + 'static>(
        &self,
        hash: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let Ok(Ok(_place)) = tokio::time::timeout(HASH_WAIT_LIMIT, self.hashing.acquire()).await else {
            return Err(Problem::Busy);
        };
        tokio::task::spawn_blocking(hash).await.map_err(|error| Problem::internal("hashing a password", &error))
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<[u8; 32], Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "the shape of the system's source of chance")]
    fn random(_: &mut [u8]) -> std::io::Result<()> {
        Ok(())
    }

    fn desk(change: impl FnOnce(&mut Config)) -> Result<Option<Desk>, DeskError> {
        let mut config = Config::default();
        change(&mut config);
        Desk::of(&config, random)
    }

    #[test]
    fn the_desk_is_there_on_ones_own_machine_or_where_it_is_asked_for() {
        let own = desk(|_| {}).expect("fits").expect("a desk");
        assert!(own.on_public && !own.secure);
        assert_eq!(own.origin, "http://127.0.0.1:8080");
        assert!(desk(|config| config.listen = SocketAddr::from(([0, 0, 0, 0], 80))).expect("fits").is_none());
        assert!(desk(|config| config.site_url = "https://data.example.lg.jp".to_owned()).expect("fits").is_none());
        let second = desk(|config| config.desk_listen = Some(SocketAddr::from(([127, 0, 0, 1], 9000))));
        assert!(!second.expect("fits").expect("a desk").on_public);
    }

    #[test]
    fn passwords_never_go_over_the_network_readable() {
        let network = SocketAddr::from(([10, 0, 0, 1], 9000));
        let plain = desk(|config| config.desk_listen = Some(network));
        assert!(matches!(plain, Err(DeskError::Insecure { .. })));
        let safe = desk(|config| {
            config.desk_listen = Some(network);
            config.desk_url = "https://desk.example.lg.jp/".to_owned();
        });
        let safe = safe.expect("fits").expect("a desk");
        assert_eq!((safe.secure, safe.origin.as_str()), (true, "https://desk.example.lg.jp"));
        for url in ["desk.example.lg.jp", "ftp://desk", "https://"] {
            assert!(desk(|config| config.desk_url = url.to_owned()).is_err(), "{url}");
        }
    }
}
