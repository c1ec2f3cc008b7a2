//! The daily figures as a dataset of the catalogue: what `/stats/daily` explains and its files hold, described like any
//! other dataset, so that CKAN's clients, harvesters and search engines find it.
//!
//! It is made with the catalogue and holds no file of its own: its resources are the addresses of `daily.csv`. Its
//! publisher is the site. It is no dataset of a city: it counts among none of the figures – neither the public datasets
//! of a KPI nor those of the front page – and its page is a page of the site, so that who looks at the figures does not
//! raise them.

use std::sync::{Arc, LazyLock};

use jiff::civil::Date;
use uuid::Uuid;

use super::pages::FIGURES_LICENCE;
use crate::config::Config;
use crate::count::access::{Access, target_of_name};
use crate::count::statistics::YEARS;
use crate::model::catalogue::{Catalogue, Content, Dataset, Distribution, Format, OfSite, Organization};
use crate::model::code::MunicipalityCode;
use crate::model::id::{DatasetId, DistributionId, OrganizationId, ReleaseId};
use crate::model::name::Slug;
use crate::model::time::{FiscalYear, japan_midnight};

/// Its name in addresses.
const NAME: &str = "daily-access-figures";
/// The name of its publisher.
const PUBLISHER: &str = "site";
/// The page that explains it, and where its files lie.
pub(super) const PAGE: &str = "/stats/daily";

static ID: LazyLock<Uuid> = LazyLock::new(|| target_of_name("dataset of the site", NAME));

/// The access as it is counted: what shows this dataset belongs to the site, not to a dataset.
pub(super) fn counted(access: Access) -> Access {
    match access {
        Access::DatasetPage(id) if id == *ID => Access::SitePage,
        Access::Metadata(id) if id == *ID => Access::Other,
        other => other,
    }
}

/// The catalogue with the dataset as it is on `today`, where figures are kept since `first_day`. A catalogue in which a
/// city has taken one of its names stays as it is.
pub(super) fn with(catalogue: &Catalogue, config: &Config, first_day: Date, today: Date) -> Option<Catalogue> {
    let is_taken = catalogue.datasets_of_cities().any(|own| own.name.as_str() == NAME)
        || catalogue.organizations().iter().any(|own| own.name.as_str() == PUBLISHER);
    if is_taken {
        tracing::warn!(NAME, PUBLISHER, "a name of the dataset of daily figures is taken; it is not shown");
        return None;
    }
    Some(catalogue.with_dataset_of_site(dataset(config, first_day.min(today), today)?))
}

fn dataset(config: &Config, first_day: Date, today: Date) -> Option<Dataset> {
    let created = japan_midnight(first_day)?;
    let publisher = Organization {
        id: OrganizationId::from_uuid(target_of_name("publisher of the site", PUBLISHER)),
        code: MunicipalityCode::nowhere(),
        name: Slug::parse(PUBLISHER).ok()?,
        title: config.site_title.clone(),
        prefecture: String::new(),
        created,
    };
    let last = FiscalYear::of(today);
    let years = (0..YEARS).filter_map(|back| FiscalYear::new(last.year() - back));
    let years = years.take_while(|year| year.last_day() >= first_day);
    let distributions: Vec<Distribution> = years
        .map(|year| Distribution {
            id: DistributionId::from_uuid(target_of_name("file of daily figures", &year.short())),
            table: 0,
            format: Format::Csv,
            title: format!("日別の利用の数 {year}(CSV)"),
            file_name: format!("daily_{}.csv", year.short()),
            content: Content::Made { path: format!("{PAGE}.csv?fiscal-year={}", year.short()) },
            created: japan_midnight(year.first_day().max(first_day)).unwrap_or(created),
        })
        .collect();
    Some(Dataset {
        id: DatasetId::from_uuid(*ID),
        name: Slug::parse(NAME).ok()?,
        title: "日別の利用の数".to_owned(),
        notes: "このサイトのデータセットと地図が利用された数を、日別・団体別・データセット別・レイヤー別に集計したものです。\
                毎日更新します。個人が特定されるおそれのある少ない数は公表しません。項目の意味と数え方は、\
                「日別の利用の数」のページで説明しています。"
            .to_owned(),
        organization: Arc::new(publisher),
        licence: crate::schema::licence_or_unknown(FIGURES_LICENCE),
        attribution: config.site_title.clone(),
        source_page: format!("{}{PAGE}", config.public_url()),
        theme: String::new(),
        tags: vec!["アクセス数".to_owned(), "利用状況".to_owned(), "統計".to_owned()],
        created,
        modified: japan_midnight(today)?,
        retrieved: String::new(),
        release: ReleaseId::from_uuid(*ID),
        release_number: 1,
        tables: Vec::new(),
        distributions,
        of_site: Some(OfSite { first_day, last_day: today }),
    })
}
