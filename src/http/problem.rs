//! What can go wrong with a request: one type, one place that gives the status, one body for each surface.
//!
//! The body tells the caller what the caller can mend and nothing from inside. A fault of the server is logged once,
//! where the [`Problem`] is made.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Map, Value as Json, json};

/// A request that gets no answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Problem {
    /// Nothing lies under this address, or a name is unknown. The detail may be empty.
    NotFound {
        /// What was looked for; text for the caller.
        detail: String,
    },
    /// The request cannot be read (an unknown action, JSON that is none).
    BadRequest {
        /// What is wrong with it.
        detail: String,
    },
    /// Arguments that do not fit: CKAN's Validation Error.
    Validation {
        /// Argument and messages.
        fields: Vec<(String, Vec<String>)>,
    },
    /// A search asked for with arguments that no search has: CKAN's Search Query Error.
    SearchQuery {
        /// What is wrong.
        detail: String,
    },
    /// A search whose syntax cannot be read: CKAN's Search Error.
    Search {
        /// What is wrong.
        detail: String,
    },
    /// The caller has to sign in first.
    Unauthorized,
    /// The caller may not do this.
    Forbidden {
        /// What was refused.
        detail: String,
    },
    /// The address does not take this method.
    Method,
    /// The body is longer than the server takes.
    TooLarge,
    /// A range that lies outside the file.
    Range {
        /// Length of the whole file.
        size_bytes: u64,
    },
    /// The state that the caller expected is gone (`If-Match`).
    Precondition,
    /// Not done in time, or the server is too busy.
    Busy,
    /// A fault of the server, already logged.
    Internal,
}

impl Problem {
    /// Nothing lies here.
    pub fn not_found() -> Self {
        Self::NotFound { detail: String::new() }
    }

    /// One argument that does not fit.
    pub fn invalid(field: &str, message: &str) -> Self {
        Self::Validation { fields: vec![(field.to_owned(), vec![message.to_owned()])] }
    }

    /// A fault of the server: logs it, once, and keeps nothing of it for the caller.
    pub fn internal(doing: &'static str, error: &dyn std::fmt::Display) -> Self {
        tracing::error!(doing, %error, "a request could not be answered");
        Self::Internal
    }

    /// The status, on every surface the same.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound { .. } => StatusCode::NOT_FOUND,
            Self::BadRequest { .. } | Self::SearchQuery { .. } => StatusCode::BAD_REQUEST,
            Self::Validation { .. } | Self::Search { .. } => StatusCode::CONFLICT,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden { .. } => StatusCode::FORBIDDEN,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Range { .. } => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::Precondition => StatusCode::PRECONDITION_FAILED,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The problem in Japanese, one sentence for everybody.
    pub fn in_japanese(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "お探しのものは見つかりませんでした。",
            Self::BadRequest { .. } | Self::SearchQuery { .. } => "リクエストを読み取れませんでした。",
            Self::Validation { .. } => "指定された値に誤りがあります。",
            Self::Search { .. } => "検索式を読み取れませんでした。",
            Self::Unauthorized => "サインインが必要です。",
            Self::Forbidden { .. } => "この操作は許可されていません。",
            Self::Method => "このアドレスでは使えないメソッドです。",
            Self::TooLarge => "送られた内容が大きすぎます。",
            Self::Range { .. } => "指定された範囲はファイルの外にあります。",
            Self::Precondition => "ファイルは更新されています。",
            Self::Busy => "ただいま混み合っています。しばらくしてからもう一度お試しください。",
            Self::Internal => "サーバーで問題が起きました。",
        }
    }

    /// The problem in English, one sentence for everybody.
    pub fn in_english(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "Not found.",
            Self::BadRequest { .. } | Self::SearchQuery { .. } => "The request cannot be read.",
            Self::Validation { .. } => "An argument does not fit.",
            Self::Search { .. } => "The search expression cannot be read.",
            Self::Unauthorized => "Sign in first.",
            Self::Forbidden { .. } => "Access denied.",
            Self::Method => "Method not allowed.",
            Self::TooLarge => "The body is too large.",
            Self::Range { .. } => "The range lies outside the file.",
            Self::Precondition => "The file has changed.",
            Self::Busy => "The server is busy; try again soon.",
            Self::Internal => "The server had a problem.",
        }
    }

    /// The `error` object of CKAN's envelope; its `__type` decides which exception a client raises.
    pub fn ckan_error(&self) -> Json {
        let with_message = |kind: &str, message: String| json!({ "__type": kind, "message": message });
        let and_detail =
            |head: &str, detail: &str| if detail.is_empty() { head.to_owned() } else { format!("{head}: {detail}") };
        match self {
            Self::NotFound { detail } => with_message("Not Found Error", and_detail("Not found", detail)),
            Self::Forbidden { detail } => with_message("Authorization Error", and_detail("Access denied", detail)),
            Self::SearchQuery { detail } => {
                with_message("Search Query Error", format!("Search Query is invalid: {detail}"))
            }
            Self::Search { detail } => with_message("Search Error", format!("Search error: {detail}")),
            Self::Validation { fields } => {
                let mut error: Map<String, Json> =
                    fields.iter().map(|(field, messages)| (field.clone(), json!(messages))).collect();
                error.insert("__type".to_owned(), Json::from("Validation Error"));
                Json::Object(error)
            }
            Self::BadRequest { detail } => with_message("Bad Request", detail.clone()),
            Self::Unauthorized => with_message("Authorization Error", self.in_english().to_owned()),
            // CKAN keeps its last type for faults of its own; these two are the caller's.
            Self::Method | Self::TooLarge => with_message("Bad Request", self.in_english().to_owned()),
            _ => with_message("Internal Server Error", self.in_english().to_owned()),
        }
    }

    /// Headers that belong to the problem whatever the body.
    fn own_headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        match self {
            Self::Range { size_bytes } => HeaderValue::from_str(&format!("bytes */{size_bytes}"))
                .map(|value| vec![(header::CONTENT_RANGE, value)])
                .unwrap_or_default(),
            Self::Busy => vec![(header::RETRY_AFTER, HeaderValue::from_static("5"))],
            _ => Vec::new(),
        }
    }
}

impl IntoResponse for Problem {
    /// Plain text in Japanese and English: the body of tiles and downloads. The problem itself travels in the
    /// response's extensions, so that a surface with another body (pages) can put its own in place.
    fn into_response(self) -> Response {
        let body = format!("{}\n{}\n", self.in_japanese(), self.in_english());
        let mut response = (self.status(), body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        headers.insert(header::CACHE_CONTROL, super::cache::Policy::Problem.value());
        for (name, value) in self.own_headers() {
            headers.insert(name, value);
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_has_the_status_and_type_of_ckan() {
        for (problem, status, kind) in [
            (Problem::not_found(), 404, "Not Found Error"),
            (Problem::invalid("id", "Missing value"), 409, "Validation Error"),
            (Problem::SearchQuery { detail: "x".into() }, 400, "Search Query Error"),
            (Problem::Search { detail: "x".into() }, 409, "Search Error"),
            (Problem::Forbidden { detail: String::new() }, 403, "Authorization Error"),
            (Problem::Method, 405, "Bad Request"),
            (Problem::TooLarge, 413, "Bad Request"),
            (Problem::Internal, 500, "Internal Server Error"),
        ] {
            assert_eq!(problem.status().as_u16(), status);
            assert_eq!(problem.ckan_error()["__type"], kind);
        }
        assert_eq!(Problem::invalid("id", "Missing value").ckan_error()["id"], json!(["Missing value"]));
    }
}
