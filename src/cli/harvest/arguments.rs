//! What can be said of `hiraku harvest`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::cli::Usage;
use crate::cli::arguments::publisher;
use crate::model::harvest::{Kind, Source};
use crate::model::name::Slug;
use crate::schema::{licence, licences};

/// `hiraku harvest`
#[derive(Debug, Args)]
pub struct Harvest {
    /// What to do.
    #[command(subcommand)]
    pub what: HarvestWhat,
}

/// `hiraku harvest add|list|remove|run`
#[derive(Debug, Subcommand)]
pub enum HarvestWhat {
    /// 取得元のカタログを登録する / enter a catalogue
    Add(HarvestAdd),
    /// 登録されている取得元の一覧 / list the catalogues
    List {
        /// データの置き場所 / the data directory
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
    },
    /// 取得元の登録をやめる(データセットは残る) / forget a catalogue; its datasets stay
    Remove {
        /// データの置き場所 / the data directory
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// そこから取り込んだデータセットも取り下げる / withdraw its datasets too
        #[arg(long)]
        withdraw: bool,
        /// 取得元の名前 / its name
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// 取得元から新しいものを取り込む / take over what is new
    Run(HarvestRun),
}

/// `hiraku harvest add`
#[derive(Debug, Args)]
pub struct HarvestAdd {
    /// データの置き場所 / the data directory
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// 種類(省略するとアドレスから判断) / what it is; told from the address where absent
    #[arg(long, value_name = "KIND", value_parser = ["ckan", "dcat", "list", "folder"])]
    pub kind: Option<String>,
    /// すべてのデータセットの公開団体の6桁のコード / the publisher of all its datasets
    #[arg(long, value_name = "CODE")]
    pub publisher: Option<String>,
    /// ライセンスの記載がないデータセットのライセンスID / the licence of datasets that state none
    #[arg(long, value_name = "ID", default_value = "")]
    pub licence: String,
    /// 取得元のライセンスの呼び方とID(例 cc-by=cc-by-4.0) / what a licence is called there, and its id
    #[arg(long, value_name = "WORD=ID")]
    pub licence_as: Vec<String>,
    /// データセット名の前に付ける文字 / what is put in front of the names of datasets
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub prefix: String,
    /// 取り込むものの条件(CKANの fq。例 organization:222127) / which datasets (CKAN: fq)
    #[arg(long, value_name = "FQ", default_value = "")]
    pub filter: String,
    /// 取得元の名前(英小文字・数字・-・_) / a name for it
    #[arg(value_name = "NAME")]
    pub name: String,
    /// CKANのアドレス、DCATのカタログ、06 オープンデータ一覧、またはフォルダ / a CKAN, a DCAT catalogue, a list (sheet 06), a folder
    #[arg(value_name = "URL|FILE|DIR")]
    pub address: String,
}

/// `hiraku harvest run`
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub struct HarvestRun {
    /// データの置き場所 / the data directory
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// すべての取得元 / all catalogues
    #[arg(long, conflicts_with = "names", required_unless_present = "names")]
    pub all: bool,
    /// 何も書き込まず、何が起きるかだけを示す / tell what would happen and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// 問題のないものを公開する / publish what nothing speaks against
    #[arg(long, conflicts_with = "no_publish")]
    pub publish: bool,
    /// 設定にかかわらず公開しない / publish nothing, whatever the settings say
    #[arg(long)]
    pub no_publish: bool,
    /// 変わっていないデータセットも調べ直す / look at datasets again that did not change
    #[arg(long)]
    pub again: bool,
    /// 半分を超えるデータセットがなくなっていても取り下げる / withdraw although more than half of the datasets are gone
    #[arg(long)]
    pub confirmed: bool,
    /// かける時間の上限(分) / most minutes
    #[arg(long, value_name = "MINUTES", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=1440))]
    pub minutes: u32,
    /// 取得元の名前 / names of catalogues
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
}

/// The name of a catalogue, checked.
pub(super) fn slug(name: &str) -> anyhow::Result<Slug> {
    Slug::parse(name).map_err(|error| Usage(error.to_string()).into())
}

impl HarvestAdd {
    /// The catalogue, checked as far as it can be without asking it.
    pub(super) fn into_source(self) -> anyhow::Result<Source> {
        let wrong = |text: String| -> anyhow::Error { Usage(text).into() };
        let is_web = self.address.starts_with("http://") || self.address.starts_with("https://");
        let kind = match &self.kind {
            Some(kind) => Kind::parse(kind).ok_or_else(|| wrong("--kind".to_owned()))?,
            None => guess(&self.address, is_web),
        };
        let fits = match kind {
            Kind::Ckan | Kind::Dcat => is_web,
            Kind::List => is_web || Path::new(&self.address).is_file(),
            Kind::Folder => Path::new(&self.address).is_dir(),
        };
        if !fits {
            let (address, kind) = (self.address, kind.as_str());
            return Err(wrong(format!(
                "{address} is no {kind} that can be read / {address} は {kind} として読めません"
            )));
        }
        let address = if is_web { self.address } else { std::path::absolute(&self.address)?.display().to_string() };
        let licence_as = self.licence_as.iter().map(|pair| match pair.split_once('=') {
            Some((word, id)) if !word.trim().is_empty() => {
                known_licence(id.trim())?;
                Ok((word.trim().to_owned(), id.trim().to_owned()))
            }
            _ => Err(wrong(format!("--licence-as: {pair:?}; write it like cc-by=cc-by-4.0"))),
        });
        let licence_as = licence_as.collect::<anyhow::Result<_>>()?;
        if !self.licence.is_empty() {
            known_licence(&self.licence)?;
        }
        let is_prefix = self.prefix.len() <= 40
            && self.prefix.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'));
        if !is_prefix {
            return Err(wrong("--prefix: a-z 0-9 _ - (40)".to_owned()));
        }
        if self.filter.chars().any(char::is_control) || self.filter.len() > 2_000 {
            return Err(wrong("--filter".to_owned()));
        }
        Ok(Source {
            name: slug(&self.name)?,
            kind,
            address,
            publisher: publisher(self.publisher.as_deref())?,
            licence: self.licence,
            licence_as,
            prefix: self.prefix,
            filter: self.filter,
        })
    }
}

fn known_licence(id: &str) -> anyhow::Result<()> {
    if licence(id).is_some() {
        return Ok(());
    }
    let known: Vec<&str> = licences().iter().map(|own| own.id.as_str()).collect();
    Err(Usage(format!("{id:?} is no known licence / 登録されていないライセンスです ({})", known.join(", "))).into())
}

fn guess(address: &str, is_web: bool) -> Kind {
    if !is_web {
        return if Path::new(address).is_dir() { Kind::Folder } else { Kind::List };
    }
    let path = address.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let ends = |endings: &[&str]| endings.iter().any(|ending| path.ends_with(ending));
    if ends(&[".ttl", ".rdf", ".xml", ".jsonld", ".n3"]) {
        Kind::Dcat
    } else if ends(&[".csv", ".xlsx", ".xls", ".ods"]) {
        Kind::List
    } else {
        Kind::Ckan
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_is_told_from_the_address() {
        for (address, kind) in [
            ("https://example.jp", Kind::Ckan),
            ("https://example.jp/odp/", Kind::Ckan),
            ("https://example.jp/catalog.ttl?page=1", Kind::Dcat),
            ("https://example.jp/222127_open_data_list.CSV", Kind::List),
        ] {
            assert_eq!(guess(address, true), kind, "{address}");
        }
        assert_eq!(guess("/", false), Kind::Folder);
        assert_eq!(guess("/list.xlsx", false), Kind::List);
    }
}
