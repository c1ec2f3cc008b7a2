//! The pairs behind `?`, of which a resource knows a few and refuses all others (OGC 17-069r4, §7.5).

use url::form_urlencoded;

use crate::http::problem::Problem;

/// Most pairs of one address.
const PAIRS_CAP: usize = 200;

/// Pairs in order, decoded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pairs(Vec<(String, String)>);

impl Pairs {
    /// Reads the part of an address behind `?`; bytes that are no UTF-8 become U+FFFD.
    ///
    /// # Errors
    /// [`Problem::BadRequest`] for more pairs than any question has.
    pub fn parse(query: Option<&str>) -> Result<Self, Problem> {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(query.unwrap_or_default().as_bytes())
            .take(PAIRS_CAP + 1)
            .filter(|(name, value)| !(name.is_empty() && value.is_empty()))
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        if pairs.len() > PAIRS_CAP {
            return Err(bad("指定が多すぎます / too many parameters"));
        }
        Ok(Self(pairs))
    }

    /// The value of a parameter that may be given once.
    ///
    /// # Errors
    /// [`Problem::BadRequest`] where it is given more often.
    pub fn one(&self, name: &str) -> Result<Option<&str>, Problem> {
        let mut values = self.0.iter().filter(|(own, _)| own == name).map(|(_, value)| value.as_str());
        let first = values.next();
        if values.next().is_some() {
            return Err(bad(&format!("{name}= は1つだけ指定してください / {name}= may be given once")));
        }
        Ok(first)
    }

    /// All pairs.
    pub fn all(&self) -> &[(String, String)] {
        &self.0
    }

    /// Refuses every name that is none of `known`.
    ///
    /// # Errors
    /// [`Problem::BadRequest`] that names the unknown one.
    pub fn only(&self, known: &[&str]) -> Result<(), Problem> {
        match self.0.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            Some((name, _)) => Err(unknown(name)),
            None => Ok(()),
        }
    }

    /// The pairs as they stand in an address, without some, with others at the end.
    pub fn address(&self, without: &[&str], with: &[(&str, &str)]) -> String {
        let mut written = form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.0.iter().filter(|(name, _)| !without.contains(&name.as_str())) {
            written.append_pair(name, value);
        }
        for (name, value) in with {
            written.append_pair(name, value);
        }
        let written = written.finish();
        if written.is_empty() { written } else { format!("?{written}") }
    }
}

/// A problem that the caller can mend.
pub fn bad(detail: &str) -> Problem {
    Problem::BadRequest { detail: detail.to_owned() }
}

/// A parameter that the resource does not have.
pub fn unknown(name: &str) -> Problem {
    let name: String = name.chars().take(60).collect();
    bad(&format!("「{name}」という指定はありません / there is no parameter '{name}'"))
}
