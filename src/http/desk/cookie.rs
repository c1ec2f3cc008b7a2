//! The two cookies of the desk: the session, and before it the visit, which gives the form of the sign-in its token.

use http::{HeaderMap, HeaderValue, header};

use crate::model::session::Secret;

/// A cookie of the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cookie {
    /// Who is signed in.
    Session,
    /// Who is about to.
    Visit,
}

impl Cookie {
    /// Its name. Over https the prefix makes browsers refuse it from any other host, path or insecure page
    /// (RFC 6265bis, 4.1.3.2).
    pub(super) const fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Self::Session, true) => "__Host-hiraku-desk",
            (Self::Session, false) => "hiraku-desk",
            (Self::Visit, true) => "__Host-hiraku-visit",
            (Self::Visit, false) => "hiraku-visit",
        }
    }

    /// The secret a request carries in it. Where it carries several, none is believed: one of them was put there by
    /// somebody else.
    pub(super) fn read(self, headers: &HeaderMap, secure: bool) -> Option<Secret> {
        let name = self.name(secure);
        let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut own = values
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(own, _)| *own == name)
            .map(|(_, value)| value);
        let only = own.next()?;
        if own.next().is_some() { None } else { Secret::parse(only) }
    }

    /// Sets it until the browser ends.
    pub(super) fn set(self, headers: &mut HeaderMap, secret: &Secret, secure: bool) {
        self.append(headers, &secret.text(), "", secure);
    }

    /// Takes it away.
    pub(super) fn remove(self, headers: &mut HeaderMap, secure: bool) {
        self.append(headers, "", "; Max-Age=0", secure);
    }

    fn append(self, headers: &mut HeaderMap, text: &str, more: &str, secure: bool) {
        let name = self.name(secure);
        let secure = if secure { "; Secure" } else { "" };
        let value = format!("{name}={text}; Path=/; HttpOnly; SameSite=Lax{secure}{more}");
        // Names are ours and secrets are hex: this always fits a header.
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.append(header::SET_COOKIE, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_back_and_two_of_a_name_are_none() {
        let secret = Secret::new([1; 32]);
        let mut set = HeaderMap::new();
        Cookie::Session.set(&mut set, &secret, true);
        let text = set[header::SET_COOKIE].to_str().expect("ascii");
        assert!(
            text.starts_with("__Host-hiraku-desk=0101") && text.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure")
        );
        let sent = |text: &str| {
            let headers = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(text).expect("a value"))]);
            Cookie::Session.read(&headers, false)
        };
        let hex = secret.text();
        assert_eq!(sent(&format!("lang=en; hiraku-desk={hex}")), Some(secret));
        assert_eq!(sent(&format!("hiraku-desk={hex}; hiraku-desk={hex}")), None);
        assert_eq!(sent(&format!("__Host-hiraku-desk={hex}")), None);
        assert_eq!(sent("hiraku-desk="), None);
    }
}
