//! Names of hosts to addresses that may be connected to. What is looked at here is what is connected to, for every
//! question anew, so that a name cannot lead elsewhere in between.

use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::address::Allowed;

/// A name, looked up and looked at: what comes out is what is connected to.
#[derive(Debug)]
pub(super) struct Checked {
    /// Hosts and networks.
    pub(super) allowed: Allowed,
    /// Looks names up.
    pub(super) names: DefaultResolver,
}

/// Why an address of the network is not connected to.
#[derive(Debug, thiserror::Error)]
#[error("{host} leads to {address} ({class})")]
pub(super) struct Forbidden {
    /// The name.
    pub(super) host: String,
    /// Where it leads.
    pub(super) address: std::net::IpAddr,
    /// What that is.
    pub(super) class: &'static str,
}

impl Resolver for Checked {
    fn resolve(
        &self,
        uri: &Uri,
        config: &ureq::config::Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.names.resolve(uri, config, timeout)?;
        // One bad address is enough: a name that leads to both kinds is not to be trusted.
        for socket in &found {
            if let Some(class) = self.allowed.forbidden(socket.ip()) {
                let host = uri.host().unwrap_or_default().to_owned();
                return Err(ureq::Error::Other(Box::new(Forbidden { host, address: socket.ip(), class })));
            }
        }
        Ok(found)
    }
}
