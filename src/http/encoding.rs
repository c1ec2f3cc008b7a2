//! Whether a caller takes gzip (RFC 9110 §12.5.3).

use http::header::{self, HeaderMap};

/// How a body is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// As it is.
    Plain,
    /// gzip.
    Gzip,
    /// brotli.
    Brotli,
}

impl Coding {
    /// Its name in `Content-Encoding`.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
        }
    }
}

/// The packing to send of those there are (gzip always): what the caller gives the greater weight, brotli where it is
/// the same. `gzip;q=0` forbids gzip, whatever `*` says; no header means no packing.
pub fn best(headers: &HeaderMap, has_brotli: bool) -> Coding {
    let (mut gzip, mut brotli, mut any) = (None, None, None);
    for value in headers.get_all(header::ACCEPT_ENCODING) {
        let Ok(value) = value.to_str() else { continue };
        for part in value.split(',') {
            let mut pieces = part.split(';');
            let coding = pieces.next().unwrap_or_default().trim();
            let weight = pieces
                .find_map(|piece| piece.trim().strip_prefix(['q', 'Q'])?.trim_start().strip_prefix('='))
                // A weight that cannot be read is taken as a refusal: sending plain bytes is never wrong.
                .map_or(1.0, |text| text.trim().parse::<f32>().unwrap_or(0.0));
            if coding.eq_ignore_ascii_case("gzip") || coding.eq_ignore_ascii_case("x-gzip") {
                gzip.get_or_insert(weight);
            } else if coding.eq_ignore_ascii_case("br") {
                brotli.get_or_insert(weight);
            } else if coding == "*" {
                any = Some(weight);
            }
        }
    }
    let weight = |own: Option<f32>| own.or(any).filter(|weight| *weight > 0.0).unwrap_or(0.0);
    let (gzip, brotli) = (weight(gzip), if has_brotli { weight(brotli) } else { 0.0 });
    if brotli > 0.0 && brotli >= gzip {
        Coding::Brotli
    } else if gzip > 0.0 {
        Coding::Gzip
    } else {
        Coding::Plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn weights_are_honoured() {
        for (value, expected) in [
            ("gzip", true),
            ("gzip, deflate, br", true),
            ("br;q=1.0, gzip;q=0.5", true),
            ("*", true),
            ("GZIP", true),
            ("gzip;q=0", false),
            ("gzip; q=0.000", false),
            ("*, gzip;q=0", false),
            ("*;q=0", false),
            ("gzip;q=x", false),
            ("br", false),
            ("identity", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]);
            assert_eq!(best(&headers, false) == Coding::Gzip, expected, "{value}");
        }
        assert_eq!(best(&HeaderMap::new(), true), Coding::Plain);
    }

    #[test]
    fn brotli_is_sent_where_it_is_there_and_liked_as_much() {
        for (value, expected) in [
            ("gzip, deflate, br, zstd", Coding::Brotli),
            ("br;q=0.5, gzip", Coding::Gzip),
            ("br;q=0, gzip", Coding::Gzip),
            ("*", Coding::Brotli),
            ("*;q=0.5, br;q=0", Coding::Gzip),
            ("br", Coding::Brotli),
            ("identity", Coding::Plain),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]);
            assert_eq!(best(&headers, true), expected, "{value}");
        }
    }
}
