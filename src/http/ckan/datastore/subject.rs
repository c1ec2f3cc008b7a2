//! What a question is about: the table under a CSV distribution, by its id or its alias, or the list of all tables.
//!
//! The alias is a name for people and scripts that stays the same in every release: that of the dataset, followed by the
//! table's own where the dataset has several.

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::{Value as Json, json};

use crate::http::ckan::{Call, dict};
use crate::http::problem::Problem;
use crate::model::catalogue::{Catalogue, Dataset, Distribution, Table};
use crate::model::id::DistributionId;
use crate::model::name::Slug;
use crate::model::record::{Column, ColumnType, TableShape};
use crate::model::tile::TileSettings;

/// The list of all tables, as CKAN names it.
pub(super) const TABLE_METADATA: &str = "_table_metadata";

/// What is asked about.
#[derive(Debug)]
pub(super) struct Subject<'a> {
    /// The id as answers tell it.
    pub id: String,
    /// The shape of its rows.
    pub table: Cow<'a, Table>,
    /// Its distribution; `None` of the list of tables.
    pub distribution: Option<&'a Distribution>,
    /// The alias.
    pub alias: Option<String>,
    /// The rows, where they are no records.
    pub list: Option<Vec<Vec<Json>>>,
}

/// The subject of a call: the first of the arguments `names` that is given.
pub(super) fn subject<'a>(call: &'a Call, names: &[&str]) -> Result<Subject<'a>, Problem> {
    let mut id = None;
    for name in names {
        id = id.or(call.arguments.text(name)?.filter(|text| !text.is_empty()));
    }
    let id = id.ok_or_else(|| Problem::invalid(names[0], "Missing value"))?;
    if id == TABLE_METADATA {
        return list_of_tables(&call.published.catalogue);
    }
    let missing = || Problem::NotFound { detail: "Resource was not found.".to_owned() };
    let (dataset, distribution, table) = found(&call.published.catalogue, &id).ok_or_else(missing)?;
    Ok(Subject {
        id: distribution.id.to_string(),
        table: Cow::Borrowed(table),
        distribution: Some(distribution),
        alias: Some(alias(dataset, table)),
        list: None,
    })
}

/// The table of an id or alias.
pub(in crate::http) fn found<'a>(
    catalogue: &'a Catalogue,
    name: &str,
) -> Option<(&'a Dataset, &'a Distribution, &'a Table)> {
    match DistributionId::parse(name) {
        Some(id) => {
            let (dataset, distribution) = catalogue.distribution(id)?;
            let table = dataset.tables.get(distribution.table).filter(|_| dict::is_queryable(distribution))?;
            Some((dataset, distribution, table))
        }
        None => all(catalogue)
            .find(|(dataset, _, table)| name.starts_with(dataset.name.as_str()) && alias(dataset, table) == name),
    }
}

/// All tables that can be asked for.
pub(super) fn all(catalogue: &Catalogue) -> impl Iterator<Item = (&Dataset, &Distribution, &Table)> {
    catalogue.datasets().iter().flat_map(|dataset| {
        let own = dataset.distributions.iter().filter(|distribution| dict::is_queryable(distribution));
        own.filter_map(move |own| Some((dataset.as_ref(), own, dataset.tables.get(own.table)?)))
    })
}

/// The alias of a table.
pub(super) fn alias(dataset: &Dataset, table: &Table) -> String {
    if dataset.tables.len() == 1 { dataset.name.to_string() } else { format!("{}-{}", dataset.name, table.shape.key) }
}

/// A number for a table, the same in every release, as CKAN's clients expect one (`oid`).
fn number(id: DistributionId) -> u32 {
    let (first, second) = id.uuid().as_u64_pair();
    let mixed = first ^ second;
    u32::try_from((mixed ^ (mixed >> 32)) & 0x7fff_ffff).unwrap_or_default()
}

fn list_of_tables(catalogue: &Catalogue) -> Result<Subject<'_>, Problem> {
    let mut list = Vec::new();
    let mut aliases = HashSet::new();
    for (dataset, distribution, table) in all(catalogue) {
        let (id, number) = (distribution.id.to_string(), number(distribution.id));
        list.push(vec![json!(id), json!(number), Json::Null]);
        let alias = alias(dataset, table);
        // An alias that two tables would have is that of the first.
        if aliases.insert(alias.clone()) {
            list.push(vec![json!(alias), json!(number), json!(id)]);
        }
    }
    let column = |name: &str, kind: ColumnType| Column {
        name: name.to_owned(),
        title: name.to_owned(),
        kind,
        found: None,
        field: None,
    };
    let key = Slug::parse("table_metadata").map_err(|error| Problem::internal("listing tables", &error))?;
    let table = Table {
        shape: TableShape {
            key,
            title: TABLE_METADATA.to_owned(),
            sheet: None,
            columns: vec![
                column("name", ColumnType::Text),
                column("oid", ColumnType::Integer),
                column("alias_of", ColumnType::Text),
            ],
            tiles: TileSettings::default(),
            is_titled: false,
        },
        record_table: String::new(),
        source_file: String::new(),
        encoding: String::new(),
        rows_read: list.len() as u64,
        records: list.len() as u64,
        refused: 0,
        findings: Vec::new(),
        geometry: None,
        bbox: None,
        layer: None,
    };
    Ok(Subject {
        id: TABLE_METADATA.to_owned(),
        table: Cow::Owned(table),
        distribution: None,
        alias: None,
        list: Some(list),
    })
}
