//! Settings: file, then environment, then flags; each later one wins. Every key stands in [`KEYS`] (a test checks it).

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

use crate::normalize::confidential::Allowance;

/// All settings of one run.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting that a person writes by its name")]
pub struct Config {
    /// The data directory.
    pub data: PathBuf,
    /// Where the public server listens.
    pub listen: SocketAddr,
    /// Where the operator's own figures (`/metrics`) are served; `None` = nowhere.
    pub operator_listen: Option<SocketAddr>,
    /// Where the staff desk is served; `None` = on the public listener where that is one's own machine alone.
    pub desk_listen: Option<SocketAddr>,
    /// The address under which the staff reaches the desk; empty = taken from where it listens.
    pub desk_url: String,
    /// The address under which the public reaches the site, without a slash at its end; empty = taken from `listen`.
    pub site_url: String,
    /// The title of the site.
    pub site_title: String,
    /// What the site is, one sentence.
    pub site_description: String,
    /// Proxies whose forwarding header is believed (networks in CIDR form).
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// The one forwarding header that is read from them.
    pub forwarded_header: String,
    /// Networks of the city hall: their requests are counted as staff.
    pub staff_networks: Vec<ipnet::IpNet>,
    /// Networks of monitors: their requests are counted as monitor.
    pub monitor_networks: Vec<ipnet::IpNet>,
    /// Whether answers say how they were counted (`X-Hiraku-Counted`).
    pub counting_debug: bool,
    /// A candidate for the counting definition, which runs in shadow; empty = none.
    pub counting_candidate: PathBuf,
    /// Which of several servers this is, by which its segments are named.
    pub counting_replica: u32,
    /// A folder that all servers of one site share, for the day's salt; empty = in the data directory.
    pub counting_salts: PathBuf,
    /// Whether the daily figures stand in the catalogue as a dataset of the site.
    pub daily_figures: bool,
    /// Memory DuckDB may take, MiB.
    pub duckdb_memory_mib: u64,
    /// Threads DuckDB may use.
    pub duckdb_threads: u32,
    /// Whether `datastore_search_sql` answers.
    pub datastore_sql: bool,
    /// Memory that building a tileset may take for the search of shared borders, MiB; larger tables are read several
    /// times.
    pub tiles_memory_mib: u64,
    /// Base-map hosts that pages may load pictures from; none by default.
    pub base_map_hosts: Vec<String>,
    /// A folder of gazetteers (towns and their points) beside the bundled ones, for positions from addresses.
    pub gazetteer_dir: Option<PathBuf>,
    /// A file of words of places that are to be kept secret, one a line; empty = none but the bundled ones.
    pub confidential_words: PathBuf,
    /// Exceptions from the check before publication, each with its reason.
    pub confidential_allow: Vec<Allowance>,
    /// Counts of persons from 1 to this may single somebody out, 1–9.
    pub confidential_small_cells: u8,
    /// The grid from the old Tokyo Datum (`TKY2JGD.par` or NTv2); empty = three parameters.
    pub datum_grid: PathBuf,
    /// A file of words that mean the same, for the search, over the bundled one; empty = the bundled one alone.
    pub search_words: PathBuf,
    /// Memory that names of records may take in the search, MiB of names as published; 0 = they are not searched.
    pub search_names_mib: u64,
    /// A file of themed maps instead of the bundled one; empty = the bundled one.
    pub maps: PathBuf,
    /// Hosts of catalogues that `hiraku harvest` may ask: `data.example.jp`, `*.example.jp`, `inner.local:8080`.
    pub harvest_hosts: Vec<String>,
    /// Networks beside the public internet in which these hosts may lie (in CIDR form).
    pub harvest_networks: Vec<ipnet::IpNet>,
    /// Longest file that is fetched, MiB as unpacked.
    pub harvest_file_mib: u64,
    /// The pause between two questions to one host, milliseconds.
    pub harvest_pause_ms: u64,
    /// Certificates (PEM) of the authorities that harvesting trusts instead of the public ones; empty = the public ones.
    pub harvest_ca: PathBuf,
    /// Whether what is harvested becomes public where nothing speaks against it.
    pub harvest_publish: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from("data"),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            operator_listen: None,
            desk_listen: None,
            desk_url: String::new(),
            site_url: String::new(),
            site_title: "オープンデータカタログ".to_owned(),
            site_description: "市町村のオープンデータを検索し、地図で見て、ダウンロードできます。".to_owned(),
            trusted_proxies: Vec::new(),
            forwarded_header: "x-forwarded-for".to_owned(),
            staff_networks: Vec::new(),
            monitor_networks: Vec::new(),
            counting_debug: false,
            counting_candidate: PathBuf::new(),
            counting_replica: 0,
            counting_salts: PathBuf::new(),
            daily_figures: true,
            duckdb_memory_mib: 256,
            duckdb_threads: 2,
            datastore_sql: false,
            tiles_memory_mib: 128,
            base_map_hosts: Vec::new(),
            gazetteer_dir: None,
            confidential_words: PathBuf::new(),
            confidential_allow: Vec::new(),
            confidential_small_cells: 2,
            datum_grid: PathBuf::new(),
            search_words: PathBuf::new(),
            search_names_mib: 64,
            maps: PathBuf::new(),
            harvest_hosts: Vec::new(),
            harvest_networks: Vec::new(),
            harvest_file_mib: 512,
            harvest_pause_ms: 500,
            harvest_ca: PathBuf::new(),
            harvest_publish: false,
        }
    }
}

impl Config {
    /// [`Self::tiles_memory_mib`] in bytes.
    pub fn tile_memory_bytes(&self) -> usize {
        usize::try_from(self.tiles_memory_mib.clamp(1, 1 << 20) << 20).unwrap_or(1 << 30)
    }
}

/// One setting as documented: its key in the file and what it means. The environment variable is `HIRAKU_` and the key
/// in capitals; lists are separated by commas there.
pub const KEYS: &[(&str, &str)] = &[
    ("data", "データの置き場所 / the data directory (default: data)"),
    ("listen", "待ち受けるアドレス / where the server listens (default: 127.0.0.1:8080)"),
    (
        "operator_listen",
        "運用者だけが見る監視用の数(/metrics)の待ち受け / where the operator's figures are served, e.g. 127.0.0.1:9464 (default: nowhere)",
    ),
    (
        "desk_listen",
        "職員用デスクの待ち受け。庁内のネットワークだけから届くアドレスにする / where the staff desk is served (default: with the site, on a loopback address without site_url only)",
    ),
    (
        "desk_url",
        "職員が開くデスクのアドレス / the address of the desk for the staff, without a final slash (default: from desk_listen)",
    ),
    ("site_url", "公開されるアドレス / the public address of the site, without a final slash (default: from listen)"),
    ("site_title", "サイトの名前 / the title of the site"),
    ("site_description", "サイトの説明 / what the site is, one sentence"),
    (
        "trusted_proxies",
        "転送ヘッダーを信じるプロキシ / proxies whose forwarding header is believed, CIDR (default: none)",
    ),
    ("forwarded_header", "読み取る転送ヘッダー / the forwarding header read from them (default: x-forwarded-for)"),
    ("staff_networks", "庁内のネットワーク / networks of the city hall, counted as staff, CIDR (default: none)"),
    ("monitor_networks", "監視のネットワーク / networks of monitors, CIDR (default: none)"),
    ("counting_debug", "計数の理由を応答に書く / answers say how they were counted (default: false)"),
    (
        "counting_candidate",
        "試行する計数定義のファイル / file of a candidate counting definition, which runs in shadow (default: none)",
    ),
    ("counting_replica", "複数台で運用するときのサーバーの番号 / which of several servers this is (default: 0)"),
    (
        "counting_salts",
        "複数台で共有する乱数の置き場所 / a folder that several servers share, for the salts of visitor tokens (default: none)",
    ),
    (
        "daily_figures",
        "日別の利用の数をデータセットとしてカタログに載せる / whether the daily figures stand in the catalogue as a dataset (default: true)",
    ),
    ("duckdb_memory_mib", "DuckDBのメモリ上限(MiB) / memory DuckDB may take (default: 256)"),
    ("duckdb_threads", "DuckDBのスレッド数 / threads DuckDB may use (default: 2)"),
    ("datastore_sql", "datastore_search_sql を有効にする / whether datastore_search_sql answers (default: false)"),
    (
        "tiles_memory_mib",
        "タイル作成で境界の検索に使うメモリー(MiB) / memory for the search of shared borders when tiles are built (default: 128)",
    ),
    ("base_map_hosts", "背景地図のホスト / hosts of base maps that pages may load pictures from (default: none)"),
    (
        "gazetteer_dir",
        "町字の位置のファイルのフォルダ / a folder of gazetteers for positions from addresses (default: none)",
    ),
    (
        "confidential_words",
        "所在地を秘す施設の語を1行に1つ書いたファイル / file of words of places to be kept secret, one a line (default: none)",
    ),
    (
        "confidential_allow",
        "秘匿性の検査の例外(code, column, file, pattern, reason) / exceptions from the check before publication (default: none)",
    ),
    (
        "confidential_small_cells",
        "少人数とみなす人数の上限、1から9 / counts of persons up to this may single somebody out, 1 to 9 (default: 2)",
    ),
    (
        "datum_grid",
        "日本測地系の変換パラメータファイル / grid from the old Tokyo Datum, TKY2JGD.par or NTv2 (default: three parameters)",
    ),
    (
        "search_words",
        "検索の言いかえを書いたファイル / file of words that mean the same, for the search (default: the bundled words)",
    ),
    (
        "search_names_mib",
        "検索の対象にするレコードの名称の量(MiB) / names of records that are searched, MiB (default: 64)",
    ),
    (
        "maps",
        "テーマ別の地図を書いたファイル / file of themed maps instead of schemas/maps.toml (default: the bundled file)",
    ),
    (
        "harvest_hosts",
        "harvest で取得してよいホスト / hosts that hiraku harvest may ask: data.example.jp, *.example.jp, inner.local:8080 (default: none)",
    ),
    (
        "harvest_networks",
        "公開されていないアドレスのうち取得してよいネットワーク / networks beside the public internet in which these hosts may lie, CIDR (default: none)",
    ),
    ("harvest_file_mib", "取得するファイルの上限(MiB) / longest file that is fetched, MiB (default: 512)"),
    (
        "harvest_pause_ms",
        "同じホストへの次の取得までの間隔(ミリ秒) / pause between two questions to one host, ms (default: 500)",
    ),
    (
        "harvest_ca",
        "harvest で信頼する認証局の証明書(PEM) / certificates (PEM) of the authorities that harvest trusts instead of the public ones (default: the public ones)",
    ),
    (
        "harvest_publish",
        "harvest で取り込んだものを問題がなければ公開する / what is harvested becomes public where nothing speaks against it (default: false)",
    ),
];

/// Why settings could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The settings do not parse; the message names the key.
    #[error("the settings from {origin} cannot be used: {source}")]
    Parse {
        /// The file's name, or `the environment`.
        origin: String,
        /// What the parser says.
        source: Box<toml::de::Error>,
    },
}

impl Config {
    /// Merges the text of a settings file (TOML; may be empty) and the environment's variables over the defaults.
    pub fn from_parts(
        file_name: &str,
        file_text: &str,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, ConfigError> {
        let parse_error = |origin: &str| {
            let origin = origin.to_owned();
            move |source: toml::de::Error| ConfigError::Parse { origin, source: Box::new(source) }
        };
        let mut table: toml::Table = toml::from_str(file_text).map_err(parse_error(file_name))?;
        let _: Self = table.clone().try_into().map_err(parse_error(file_name))?;
        for (key, _) in KEYS {
            if let Some(text) = environment.get(&format!("HIRAKU_{}", key.to_uppercase())) {
                table.insert((*key).to_owned(), environment_value(key, text));
            }
        }
        table.try_into().map_err(parse_error("the environment"))
    }

    /// The public address of the site, without a slash at its end.
    pub fn public_url(&self) -> String {
        if self.site_url.is_empty() {
            format!("http://{}", self.listen)
        } else {
            self.site_url.trim_end_matches('/').to_owned()
        }
    }
}

fn environment_value(key: &str, text: &str) -> toml::Value {
    match key {
        "trusted_proxies" | "staff_networks" | "monitor_networks" | "base_map_hosts" | "harvest_hosts"
        | "harvest_networks" => toml::Value::Array(
            text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(toml::Value::from).collect(),
        ),
        "counting_debug" | "daily_figures" | "datastore_sql" | "harvest_publish" => match text {
            "true" | "1" => toml::Value::Boolean(true),
            "false" | "0" | "" => toml::Value::Boolean(false),
            other => toml::Value::from(other),
        },
        // A list of tables, as in the file: `[{ code = "personal-mobile", column = "連絡先", reason = "…" }]`.
        "confidential_allow" => toml::from_str::<toml::Table>(&format!("value = {text}"))
            .ok()
            .and_then(|mut table| table.remove("value"))
            .unwrap_or_else(|| toml::Value::from(text)),
        "counting_replica"
        | "duckdb_memory_mib"
        | "duckdb_threads"
        | "tiles_memory_mib"
        | "confidential_small_cells"
        | "search_names_mib"
        | "harvest_file_mib"
        | "harvest_pause_ms" => text.parse::<i64>().map_or_else(|_| toml::Value::from(text), toml::Value::Integer),
        _ => toml::Value::from(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
        let file = "site_title = \"焼津市\"\nduckdb_threads = 4\n";
        let config =
            Config::from_parts("hiraku.toml", file, &environment(&[("HIRAKU_DUCKDB_THREADS", "1")])).expect("fits");
        assert_eq!(config.site_title, "焼津市");
        assert_eq!(config.duckdb_threads, 1);
        assert_eq!(config.data, PathBuf::from("data"));
    }

    #[test]
    fn a_wrong_key_or_value_is_named() {
        let error = Config::from_parts("hiraku.toml", "sitetitle = 1", &BTreeMap::new()).expect_err("unknown key");
        assert!(error.to_string().contains("sitetitle"), "{error}");
        let wrong = environment(&[("HIRAKU_LISTEN", "nowhere")]);
        assert!(Config::from_parts("hiraku.toml", "", &wrong).is_err());
    }

    #[test]
    fn every_key_is_documented_and_every_documented_key_exists() {
        let source = include_str!("config.rs");
        let body =
            source.split("pub struct Config {").nth(1).and_then(|rest| rest.split("\n}").next()).expect("struct");
        let fields: Vec<&str> =
            body.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.split(':').next()).collect();
        let keys: Vec<&str> = KEYS.iter().map(|(key, _)| *key).collect();
        assert_eq!(fields, keys);
    }
}
