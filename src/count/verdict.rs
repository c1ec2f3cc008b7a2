//! From an answered request to its verdict: the rules of the definition that need no other request.

use uuid::Uuid;

use super::access::Access;
use super::class::{Class, Sub};

/// What was answered, as a record keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// A dataset's page.
    DatasetPage = 1,
    /// A preview of a distribution.
    Preview = 2,
    /// A download.
    Download = 3,
    /// Rows or features by API.
    Rows = 4,
    /// Metadata of one dataset by API.
    Metadata = 5,
    /// A search.
    Search = 6,
    /// A map page.
    Map = 7,
    /// An embedded map.
    MapEmbed = 8,
    /// A tile.
    Tile = 9,
    /// A use-case page.
    UseCase = 10,
    /// Another public page.
    SitePage = 11,
    /// A style sheet, script, font or picture.
    Asset = 12,
    /// A page of the staff desk.
    StaffPage = 13,
    /// Anything else, answers without an `Access` among them.
    Other = 14,
}

impl Kind {
    /// All kinds, in the order of the definition.
    pub const ALL: [Self; 14] = [
        Self::DatasetPage,
        Self::Preview,
        Self::Download,
        Self::Rows,
        Self::Metadata,
        Self::Search,
        Self::Map,
        Self::MapEmbed,
        Self::Tile,
        Self::UseCase,
        Self::SitePage,
        Self::Asset,
        Self::StaffPage,
        Self::Other,
    ];

    /// The name in the definition.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DatasetPage => "dataset-page",
            Self::Preview => "preview",
            Self::Download => "download",
            Self::Rows => "rows",
            Self::Metadata => "metadata",
            Self::Search => "search",
            Self::Map => "map",
            Self::MapEmbed => "map-embed",
            Self::Tile => "tile",
            Self::UseCase => "use-case",
            Self::SitePage => "site-page",
            Self::Asset => "asset",
            Self::StaffPage => "staff-page",
            Self::Other => "other",
        }
    }

    /// The kind of a record's code.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == code)
    }

    /// The kind and target of what a handler answered. Pages without a target of their own get `page`, a digest of
    /// their path, so that two pages read within 30 seconds are two views.
    pub fn of(access: Access, page: u128) -> (Self, Uuid) {
        match access {
            Access::DatasetPage(id) => (Self::DatasetPage, id),
            Access::Preview(id) => (Self::Preview, id),
            Access::Download { distribution, .. } => (Self::Download, distribution),
            Access::Rows(id) => (Self::Rows, id),
            Access::Metadata(id) => (Self::Metadata, id),
            Access::Search(query) => (Self::Search, Uuid::from_u128(query)),
            Access::MapOpen { map, embed: false } => (Self::Map, map),
            Access::MapOpen { map, embed: true } => (Self::MapEmbed, map),
            Access::Tile(layer) => (Self::Tile, layer),
            Access::UseCase(id) => (Self::UseCase, id),
            Access::SitePage => (Self::SitePage, Uuid::from_u128(page)),
            Access::Asset => (Self::Asset, Uuid::nil()),
            Access::StaffPage => (Self::StaffPage, Uuid::nil()),
            Access::Other => (Self::Other, Uuid::nil()),
        }
    }

    /// Whether it is a read of the API, which may come by POST as well as by GET.
    const fn is_api_read(self) -> bool {
        matches!(self, Self::Rows | Self::Metadata | Self::Search)
    }
}

/// What becomes of an answer. [`Self::Dup30`] is given by the tally alone: it needs the visitor's other requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Verdict {
    /// It is an access.
    Counted = 1,
    /// Not asked by GET (or POST to the read API): HEAD, OPTIONS and others.
    Method = 2,
    /// The status says that the thing was not given: redirects, 4xx, 5xx.
    Status = 3,
    /// A style sheet, script, font or picture.
    Asset = 4,
    /// The browser fetched it before anyone asked.
    Prefetch = 5,
    /// A part of a file that is no download.
    Range = 6,
    /// A page of the staff desk.
    StaffPage = 7,
    /// A tile, or features read by a desktop GIS: never an access; it marks its layer once a session.
    Tile = 8,
    /// A call made by our own page: part of what opened that page.
    Folded = 9,
    /// Answered, in no measure.
    Other = 10,
    /// The same use by the same visitor less than 30 seconds before.
    Dup30 = 11,
}

impl Verdict {
    /// All verdicts, in the order in which they are printed.
    pub const ALL: [Self; 11] = [
        Self::Counted,
        Self::Method,
        Self::Status,
        Self::Asset,
        Self::Prefetch,
        Self::Range,
        Self::StaffPage,
        Self::Tile,
        Self::Folded,
        Self::Other,
        Self::Dup30,
    ];

    /// The order in which reasons are tried, as the definition lists it.
    pub const ORDER: [Self; 11] = [
        Self::Method,
        Self::Status,
        Self::Asset,
        Self::Prefetch,
        Self::Range,
        Self::StaffPage,
        Self::Tile,
        Self::Folded,
        Self::Other,
        Self::Dup30,
        Self::Counted,
    ];

    /// The name in figures.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counted => "counted",
            Self::Method => "method",
            Self::Status => "status",
            Self::Asset => "asset",
            Self::Prefetch => "prefetch",
            Self::Range => "range",
            Self::StaffPage => "staff-page",
            Self::Tile => "tile",
            Self::Folded => "folded",
            Self::Other => "other",
            Self::Dup30 => "dup30",
        }
    }

    /// The Japanese label in reports.
    pub const fn title_ja(self) -> &'static str {
        match self {
            Self::Counted => "計数した",
            Self::Method => "閲覧以外の要求(HEADなど)",
            Self::Status => "表示されなかった応答(転送・エラー)",
            Self::Asset => "画面の部品(画像・スクリプトなど)",
            Self::Prefetch => "ブラウザーの先読み",
            Self::Range => "ファイルの一部分の読み取り",
            Self::StaffPage => "職員用の画面",
            Self::Tile => "地図のタイルなど(レイヤー利用として集計)",
            Self::Folded => "画面が自動で行った呼び出し",
            Self::Other => "集計の対象でない応答(一覧など)",
            Self::Dup30 => "30秒以内の繰り返し",
        }
    }

    /// The verdict of a record's code.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| *verdict as u8 == code)
    }

    /// The verdict of a [`Self::name`].
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.name() == name)
    }
}

/// The method of a request, as far as counting cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET.
    Get,
    /// POST.
    Post,
    /// HEAD, OPTIONS and all others.
    Another,
}

/// What the answer's `Content-Range` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// No readable `Content-Range`.
    Unknown,
    /// Bytes `first..=last` of `length`.
    Bytes {
        /// First byte.
        first: u64,
        /// Last byte.
        last: u64,
        /// Length of the whole; `None` where it is `*`.
        length: Option<u64>,
    },
}

impl Part {
    /// Reads the value of a `Content-Range` header (RFC 9110 §14.4).
    pub fn parse(value: &[u8]) -> Self {
        fn read(value: &[u8]) -> Option<Part> {
            let text = std::str::from_utf8(value).ok()?.trim();
            let (range, length) = text.strip_prefix("bytes ")?.trim().split_once('/')?;
            let (first, last) = range.split_once('-')?;
            let length = if length.trim() == "*" { None } else { Some(length.trim().parse().ok()?) };
            Some(Part::Bytes { first: first.trim().parse().ok()?, last: last.trim().parse().ok()?, length })
        }
        read(value).unwrap_or(Self::Unknown)
    }

    fn begins_at_zero(self) -> bool {
        matches!(self, Self::Bytes { first: 0, .. })
    }

    fn is_whole(self) -> bool {
        matches!(self, Self::Bytes { first: 0, last, length: Some(length) } if last.checked_add(1) == Some(length))
    }
}

/// All that the rules look at.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    /// The method.
    pub method: Method,
    /// The status answered.
    pub status: u16,
    /// The `Content-Range` answered.
    pub part: Part,
    /// Whether the browser said that it fetches ahead (`Sec-Purpose`, `Purpose`, `X-Moz`).
    pub prefetch: bool,
    /// Whether a script of our own page asked (`Sec-Fetch-Site: same-origin`, `Sec-Fetch-Mode` other than `navigate`).
    pub own_page: bool,
}

/// The verdict of one answer: the first reason that fits, in the order of [`Verdict::ORDER`].
pub fn judge(access: Access, class: Class, facts: &Facts) -> Verdict {
    let (kind, _) = Kind::of(access, 0);
    match facts.method {
        Method::Get => {}
        Method::Post if kind.is_api_read() => {}
        Method::Post | Method::Another => return Verdict::Method,
    }
    match (facts.status, kind) {
        (200 | 304, _) | (204, Kind::Tile) | (206, Kind::Download) => {}
        _ => return Verdict::Status,
    }
    if kind == Kind::Asset {
        return Verdict::Asset;
    }
    if facts.prefetch {
        return Verdict::Prefetch;
    }
    if facts.status == 206 {
        let in_parts = matches!(access, Access::Download { in_parts: true, .. });
        let downloaded = if in_parts { facts.part.is_whole() } else { facts.part.begins_at_zero() };
        if !downloaded {
            return Verdict::Range;
        }
    }
    match kind {
        Kind::StaffPage => return Verdict::StaffPage,
        Kind::Tile => return Verdict::Tile,
        Kind::Rows if class == Class::Machine(Sub::GisApp) => return Verdict::Tile,
        _ => {}
    }
    // A preview is itself what our page asks for; everything else that a page's script fetches belongs to the page.
    if facts.own_page && class == Class::Browser && kind != Kind::Preview {
        return Verdict::Folded;
    }
    if kind == Kind::Other {
        return Verdict::Other;
    }
    Verdict::Counted
}
