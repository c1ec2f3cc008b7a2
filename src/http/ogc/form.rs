//! In which form an answer is wanted: `f=`, else the `Accept` header (RFC 9110, §12.5.1).

use http::HeaderMap;

use crate::http::accept;

/// A form of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// JSON; of features GeoJSON.
    Json,
    /// A page.
    Html,
    /// A table of features.
    Csv,
}

impl Form {
    /// Its value of `f=`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Html => "html",
            Self::Csv => "csv",
        }
    }

    /// The form asked for with `f=`; without it, the best that the header takes among those on offer, JSON where none
    /// is better.
    ///
    /// # Errors
    /// What is offered, in Japanese and English, where `f=` names another form.
    pub fn of(wanted: Option<&str>, headers: &HeaderMap, features: bool) -> Result<Self, String> {
        match wanted {
            Some("json") => Ok(Self::Json),
            Some("geojson") if features => Ok(Self::Json),
            Some("csv") if features => Ok(Self::Csv),
            Some("html") => Ok(Self::Html),
            Some(_) => {
                let offered = if features { "json、geojson、html、csv" } else { "json、html" };
                Err(format!(
                    "f= には{offered}のいずれかを指定してください / f= is one of {}",
                    offered.replace('、', ", ")
                ))
            }
            None => Ok(accepted(headers, features)),
        }
    }
}

fn accepted(headers: &HeaderMap, features: bool) -> Form {
    let offers: &[(Form, &str, &[&str])] = if features {
        &[
            (Form::Json, "application", &["geo+json", "json", "vnd.geo+json"]),
            (Form::Html, "text", &["html"]),
            (Form::Csv, "text", &["csv"]),
        ]
    } else {
        &[
            (Form::Json, "application", &["json", "schema+json", "vnd.oai.openapi+json"]),
            (Form::Html, "text", &["html"]),
        ]
    };
    let mut best = (Form::Json, 0.0_f32);
    for (form, kind, subs) in offers {
        let quality = accept::ranges(headers)
            .filter_map(|(range, quality)| {
                let (own_kind, own_sub) = range.split_once('/')?;
                let precision = match (own_kind == *kind, own_sub) {
                    (true, sub) if subs.contains(&sub) => 2,
                    (true, "*") => 1,
                    (_, "*") if own_kind == "*" => 0,
                    _ => return None,
                };
                Some((precision, quality))
            })
            // The most precise range decides, whatever its quality.
            .fold(None, |best: Option<(u8, f32)>, own| match best {
                Some(best) if best.0 > own.0 || (best.0 == own.0 && best.1 >= own.1) => Some(best),
                _ => Some(own),
            });
        if let Some((_, quality)) = quality
            && quality > best.1
        {
            best = (*form, quality);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderValue, header};

    #[test]
    fn the_form_is_the_best_that_is_taken() {
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        for (accept, form) in [
            (browser, Form::Html),
            ("*/*", Form::Json),
            ("", Form::Json),
            ("application/geo+json, application/json", Form::Json),
            ("text/csv", Form::Csv),
            ("text/csv;q=0.5, application/json;q=0.4", Form::Csv),
            ("text/*", Form::Html),
            ("image/png", Form::Json),
            ("text/html;q=x, text/csv;q=0.1", Form::Csv),
            ("text/html;q=0, */*", Form::Json),
            (",;/,;;q", Form::Json),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(Form::of(None, &headers, true), Ok(form), "{accept}");
        }
        let none = HeaderMap::new();
        assert_eq!(Form::of(None, &none, true), Ok(Form::Json));
        assert_eq!(Form::of(Some("csv"), &none, true), Ok(Form::Csv));
        assert!(Form::of(Some("csv"), &none, false).is_err());
        assert!(Form::of(Some("xml"), &none, true).is_err());
    }
}
