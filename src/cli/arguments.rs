//! What can be said on the command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Usage;
use super::job::Job;
use crate::config::Config;
use crate::model::code::MunicipalityCode;
use crate::pipeline::source::NO_LICENCE;
use crate::pipeline::towns::TownFiles;

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// ファイルを検査する(データベースには入れない) / check files without a database
    Check(Check),
    /// ファイルまたはフォルダを取り込む / take in files or folders
    Ingest(Ingest),
    /// 取り込んだデータを公開する / make what was taken in public
    Publish(Publish),
    /// 2つの版の違いを見る / compare two releases of a dataset
    Diff(Diff),
    /// サーバーを動かす / serve
    Serve(Serve),
    /// 年度のアクセス数を報告する / report the accesses of a fiscal year
    Report(super::report::Report),
    /// アクセスの計数を確かめる、取り込む / verify the access figures, take in others
    Counts(super::counts::CountsArguments),
    /// KPIの目標を登録する、見る / enter and list targets of key figures
    Kpi(super::kpi::Kpi),
    /// 登録用のAPIトークンを作る、見る、無効にする / make, list and revoke tokens for writing by API
    Token(super::token::TokenArguments),
    /// 職員用デスクのアカウントを作る、見る、変える / make, list and change accounts of the staff desk
    User(super::user::UserArguments),
    /// 部署を登録する、見る / make and list departments
    Org(super::user::OrgArguments),
    /// 操作の記録を見る、書き出す、検査する / show, export and verify what was done
    Audit(super::audit::AuditArguments),
    /// 他のカタログからデータセットを取り込む / take datasets over from other catalogues
    Harvest(super::harvest::Harvest),
    /// ファイルからベクトルタイル(PMTiles)を作る / make a PMTiles archive of a file
    Tiles(Tiles),
    /// 標準データセットの様式を見る / look at the standard sheets
    Schema(Schema),
    /// 標準データセットの入力用Excelを作る / make empty workbooks of the standard sheets
    Template(Template),
    /// 検索の質を正解つきの検索語で測る / measure the search by labelled queries
    SearchQuality(super::search::SearchQuality),
    /// 全体を1つのファイルに控える / put everything into one file
    Backup(Backup),
    /// 控えから空の置き場所に戻す / bring a backup back into an empty data directory
    Restore(Restore),
    /// どの公開版も使っていないファイルを消す / remove what no release needs
    Sweep(Sweep),
    /// (内部用) 1つのファイルを読む / (internal) read one file
    #[command(hide = true)]
    Worker,
}

/// `hiraku check`
#[derive(Debug, Args)]
pub struct Check {
    /// 検査するファイル / files or folders to check
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// 公開団体の6桁のコード / the publisher's six-digit code, for files that do not say
    #[arg(long, value_name = "CODE")]
    pub publisher: Option<String>,
    /// 住所から位置を求めるための町字のファイル(CSV) / towns for positions from addresses, beside the bundled ones
    #[arg(long, value_name = "FILE")]
    pub gazetteer: Option<PathBuf>,
    /// 座標系(EPSG:6676 など。ファイルの記載より優先) / the coordinate system, before what the files state
    #[arg(long, value_name = "EPSG:CODE")]
    pub crs: Option<String>,
    /// 注意があるときも終了コードを1にする / end with 1 also where there are warnings
    #[arg(long)]
    pub strict: bool,
    /// 1枚のHTMLページに報告する / write the report as one HTML page
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// すべての指摘をCSVに書き出す / write all findings as CSV
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// 指摘のあるセルに印とコメントを付けたExcelを書き出す / write the file as a workbook with its faulty cells marked
    #[arg(long, value_name = "FILE|DIR")]
    pub workbook: Option<PathBuf>,
    /// 標準様式に整えたCSVとExcelを書き出す / write the normalised CSV and XLSX
    #[arg(long, value_name = "DIR|FILE")]
    pub fix: Option<PathBuf>,
    /// すでにあるファイルに上書きする / replace files that are there already
    #[arg(long)]
    pub force: bool,
}

/// `hiraku tiles`
#[derive(Debug, Args)]
pub struct Tiles {
    /// 元のファイル / the file to make tiles of
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// 書き出すPMTilesファイル / the archive to write
    #[arg(long, value_name = "FILE.pmtiles")]
    pub out: PathBuf,
    /// レイヤの名前(英小文字・数字・-・_) / the name of the layer inside the tiles; from the file's name where absent
    #[arg(long, value_name = "NAME")]
    pub layer: Option<String>,
    /// 表が複数あるときに使う表 / which table, where the file holds several
    #[arg(long, value_name = "TABLE")]
    pub table: Option<String>,
    /// 最小ズーム(0〜18) / least zoom; chosen from the data where absent
    #[arg(long, value_name = "ZOOM", value_parser = clap::value_parser!(u8).range(0..=18))]
    pub min_zoom: Option<u8>,
    /// 最大ズーム(0〜18) / greatest zoom; chosen from the data where absent
    #[arg(long, value_name = "ZOOM", value_parser = clap::value_parser!(u8).range(0..=18))]
    pub max_zoom: Option<u8>,
    /// このズームから先はすべての地物を残す / from this zoom on every feature stays, whatever the tiles weigh
    #[arg(long, value_name = "ZOOM", value_parser = clap::value_parser!(u8).range(0..=18))]
    pub complete_from: Option<u8>,
    /// 1枚のタイルの上限(gzip後のバイト数) / most bytes of a tile as gzip, where features may stay out
    #[arg(long, value_name = "BYTES", default_value_t = crate::publish::tiles::BUDGET_BYTES,
        value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(10_000..=5_000_000))]
    pub tile_bytes: usize,
    /// ラベルにする列 / the column written at label points
    #[arg(long, value_name = "COLUMN")]
    pub label: Option<String>,
    /// 座標系(EPSG:6676 など。ファイルの記載より優先) / the coordinate system, before what the file states
    #[arg(long, value_name = "EPSG:CODE")]
    pub crs: Option<String>,
    /// すでにあるファイルに上書きする / replace a file that is there already
    #[arg(long)]
    pub force: bool,
}

/// `hiraku template`
#[derive(Debug, Args)]
pub struct Template {
    /// 様式の番号(01〜31)または名前 / number or name of the sheet: 08, aed
    #[arg(value_name = "SHEET", required_unless_present = "all", conflicts_with = "all")]
    pub sheet: Option<String>,
    /// すべての様式 / all sheets
    #[arg(long)]
    pub all: bool,
    /// 書き出すファイル(--all ではフォルダ) / the file to write; with --all a folder
    #[arg(long, value_name = "FILE|DIR")]
    pub to: PathBuf,
    /// すでにあるファイルに上書きする / replace files that are there already
    #[arg(long)]
    pub force: bool,
}

/// `hiraku ingest`
#[derive(Debug, Args)]
pub struct Ingest {
    /// データの置き場所 / the data directory
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// 取り込むファイルやフォルダ / files, dataset folders, or folders of such
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// 公開団体の6桁のコード(source.toml のないファイル) / the publisher's code for files without a source.toml
    #[arg(long, value_name = "CODE")]
    pub publisher: Option<String>,
    /// ライセンスのID(source.toml のないファイル) / the licence id for files without a source.toml
    #[arg(long, value_name = "ID", default_value = "")]
    pub licence: String,
    /// 座標系(EPSG:6676 など。ファイルの記載より優先) / the coordinate system, before what the files state
    #[arg(long, value_name = "EPSG:CODE")]
    pub crs: Option<String>,
    /// 変わっていないファイルも取り込み直す / take in unchanged files again
    #[arg(long)]
    pub again: bool,
    /// 住所から位置を求めるための町字のファイル(CSV) / towns for positions from addresses, beside the bundled ones
    #[arg(long, value_name = "FILE")]
    pub gazetteer: Option<PathBuf>,
}

/// `hiraku publish`
#[derive(Debug, Args)]
pub struct Publish {
    /// データの置き場所 / the data directory
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// 待っているすべてを公開する / publish everything that waits
    #[arg(long, conflicts_with = "names")]
    pub all: bool,
    /// 保留の理由を確認済みとして、名前を挙げたデータセットを公開する / publish the named datasets although they are held
    #[arg(long, requires = "names")]
    pub confirmed: bool,
    /// 公開するデータセットの名前 / names of the datasets to publish
    #[arg(value_name = "DATASET")]
    pub names: Vec<String>,
}

/// `hiraku diff`
#[derive(Debug, Args)]
pub struct Diff {
    /// データの置き場所 / the data directory
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// 前の版(current、previous、staged、版の番号、ID) / the release before: current, previous, staged, a number, an id
    #[arg(long, value_name = "RELEASE")]
    pub from: Option<String>,
    /// 後の版 / the release after (default: staged, or current where none is staged)
    #[arg(long, value_name = "RELEASE")]
    pub to: Option<String>,
    /// データセットの名前 / the dataset
    #[arg(value_name = "DATASET")]
    pub dataset: String,
}

/// `hiraku serve`
#[derive(Debug, Args)]
pub struct Serve {
    /// データの置き場所 / the data directory
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// 待ち受けるアドレス / where to listen
    #[arg(long, value_name = "HOST:PORT")]
    pub listen: Option<SocketAddr>,
    /// 公開されるアドレス / the public address of the site
    #[arg(long, value_name = "URL")]
    pub site_url: Option<String>,
}

/// `hiraku schema`
#[derive(Debug, Args)]
pub struct Schema {
    /// What to show.
    #[command(subcommand)]
    pub what: SchemaWhat,
}

/// `hiraku schema list|show`
#[derive(Debug, Subcommand)]
pub enum SchemaWhat {
    /// 様式の一覧 / list the sheets
    List,
    /// 様式の項目 / show the fields of a sheet
    Show {
        /// 番号(01〜31) / its number
        number: String,
    },
}

/// `hiraku backup`
#[derive(Debug, Args)]
pub struct Backup {
    /// データの置き場所 / the data directory
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// 控えのファイル / the backup file (tar)
    #[arg(long, value_name = "FILE")]
    pub to: PathBuf,
}

/// `hiraku restore`
#[derive(Debug, Args)]
pub struct Restore {
    /// データの置き場所(空であること) / the data directory, which must be empty or missing
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// 控えのファイル / the backup file
    #[arg(long, value_name = "FILE")]
    pub from: PathBuf,
}

/// `hiraku sweep`
#[derive(Debug, Args)]
pub struct Sweep {
    /// データの置き場所 / the data directory
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// The publisher's code as given, checked.
pub fn publisher(text: Option<&str>) -> anyhow::Result<Option<MunicipalityCode>> {
    text.map(|text| MunicipalityCode::parse(text).map_err(|error| Usage(format!("--publisher: {error}")).into()))
        .transpose()
}

/// The gazetteer as given or set; a mistake in it is the person's to put right.
pub fn towns(path: Option<&std::path::Path>) -> anyhow::Result<TownFiles> {
    match path {
        Some(path) => TownFiles::load(path).map_err(|error| Usage(error.to_string()).into()),
        None => Ok(TownFiles::default()),
    }
}

/// A coordinate system that is read; empty where none is given.
pub fn crs(given: Option<&str>) -> anyhow::Result<String> {
    let given = given.unwrap_or_default();
    if given.is_empty() || crate::read::Crs::parse(given).is_some() {
        return Ok(given.to_owned());
    }
    let hint = "write it like EPSG:6676 / EPSG:6676 のように書いてください";
    Err(Usage(format!("--crs: {given:?} is no coordinate system that is read; {hint}")).into())
}

/// Every path must be there.
pub fn must_exist(paths: &[PathBuf]) -> anyhow::Result<()> {
    match paths.iter().find(|path| !path.exists()) {
        Some(path) => {
            let path = path.display();
            Err(Usage(format!("{path}: no such file or folder / ファイルがありません")).into())
        }
        None => Ok(()),
    }
}

fn licence(id: &str) -> anyhow::Result<()> {
    if id.is_empty() || id == NO_LICENCE || crate::schema::licence(id).is_some() {
        return Ok(());
    }
    let known: Vec<&str> = crate::schema::licences().iter().map(|licence| licence.id.as_str()).collect();
    let known = known.join(", ");
    Err(Usage(format!("--licence: {id:?} is not known / 登録されていません ({known})")).into())
}

impl Ingest {
    /// The job.
    pub fn into_job(self, config: &Config) -> anyhow::Result<Job> {
        let publisher = publisher(self.publisher.as_deref())?;
        licence(&self.licence)?;
        must_exist(&self.paths)?;
        let paths = self.paths.into_iter().map(std::path::absolute).collect::<Result<_, _>>()?;
        let gazetteer = self.gazetteer.or_else(|| config.gazetteer_dir.clone()).map(std::path::absolute).transpose()?;
        let crs = crs(self.crs.as_deref())?;
        Ok(Job::Ingest { paths, publisher, licence: self.licence, crs, again: self.again, gazetteer })
    }
}

impl Publish {
    /// The job.
    pub fn into_job(self) -> anyhow::Result<Job> {
        if !self.all && self.names.is_empty() {
            return Err(
                Usage("say --all or the names of datasets / --all かデータセット名が必要です".to_owned()).into()
            );
        }
        Ok(Job::Publish { names: (!self.all).then_some(self.names), confirmed: self.confirmed })
    }
}

impl Diff {
    /// The job.
    pub fn into_job(self) -> Job {
        Job::Diff { dataset: self.dataset, from: self.from, to: self.to }
    }
}

impl Serve {
    /// The settings with the flags over them.
    pub fn over(self, mut config: Config) -> anyhow::Result<Config> {
        if let Some(data) = self.data {
            config.data = data;
        }
        if let Some(listen) = self.listen {
            config.listen = listen;
        }
        if let Some(site_url) = self.site_url {
            config.site_url = site_url;
        }
        let web = url::Url::parse(&config.site_url)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !config.site_url.is_empty() && !web {
            let given = config.site_url;
            return Err(Usage(format!("site_url: {given:?} is no http or https URL / URLではありません")).into());
        }
        Ok(config)
    }
}
