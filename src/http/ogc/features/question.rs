//! What is asked of the features of a collection: every parameter, read once.

use http::HeaderMap;

use super::pairs::{Pairs, bad, unknown};
use super::{place, when};
use crate::http::ogc::cql2;
use crate::http::ogc::form::Form;
use crate::http::ogc::grid::CRS84;
use crate::http::problem::Problem;
use crate::model::catalogue::{Dataset, Table};
use crate::model::record::{Column, Storage};
use crate::store::condition::{Condition, Scalar};
use crate::store::features::FeatureQuery;
use crate::store::rows::SortKey;

/// Features on a page where nothing is said.
pub const LIMIT: u64 = 10;
/// Most features on a page; more are not refused (requirement /req/core/fc-limit-response-1 C).
pub const LIMIT_CAP: u64 = 10_000;

/// Parameters of the features of every collection; columns of the table come beside them.
pub const PARAMETERS: [&str; 15] = [
    "f",
    "limit",
    "bbox",
    "bbox-crs",
    "crs",
    "datetime",
    "filter",
    "filter-lang",
    "filter-crs",
    "properties",
    "skipGeometry",
    "sortby",
    "near",
    "radius",
    "cursor",
];

/// A question for features.
#[derive(Debug)]
pub struct Question {
    /// The form of the answer.
    pub form: Form,
    /// The question for the store.
    pub query: FeatureQuery,
    /// Everything as it was asked.
    pub pairs: Pairs,
}

impl Question {
    /// Reads a question. `unplaced`: whether the table has records without geometry.
    ///
    /// # Errors
    /// [`Problem::BadRequest`] that says which parameter is wrong and what is expected.
    pub fn read(
        raw: Option<&str>,
        headers: &HeaderMap,
        (dataset, table): (&Dataset, &Table),
        unplaced: impl FnOnce() -> Result<bool, Problem>,
    ) -> Result<Self, Problem> {
        let pairs = Pairs::parse(raw)?;
        let form = Form::of(pairs.one("f")?, headers, true).map_err(|detail| bad(&detail))?;
        for name in ["bbox-crs", "crs", "filter-crs"] {
            if pairs.one(name)?.is_some_and(|crs| crs != CRS84) {
                return Err(bad(&format!("{name}= に使える座標系は{CRS84}だけです / {name}= can only be {CRS84}")));
            }
        }
        let mut conditions = Vec::new();
        if let Some(text) = pairs.one("bbox")? {
            conditions.push(place::within(place::boxes(text).map_err(|detail| bad(&detail))?, unplaced()?));
        }
        if let Some(text) = pairs.one("datetime")? {
            conditions.extend(when::condition(text, table).map_err(|detail| bad(&detail))?);
        }
        if pairs.one("filter-lang")?.is_some_and(|language| language != "cql2-text") {
            return Err(bad("filter-lang= に使えるのはcql2-textだけです / filter-lang= can only be cql2-text"));
        }
        if let Some(text) = pairs.one("filter")? {
            conditions.push(cql2::parse(text, table).map_err(|error| bad(&error.line()))?);
        }
        conditions.extend(values(&pairs, table)?);
        let near = pairs.one("near")?.map(place::near).transpose().map_err(|detail| bad(&detail))?;
        match (pairs.one("radius")?, near) {
            (None, _) => {}
            (Some(_), None) => return Err(bad("radius= は near= と一緒に指定してください / radius= needs near=")),
            (Some(text), Some(from)) => {
                let radius_m = place::radius_m(text).map_err(|detail| bad(&detail))?;
                conditions.push(Condition::Near { from, radius_m });
            }
        }
        let sort = sort(pairs.one("sortby")?, table)?;
        if near.is_some() && !sort.is_empty() {
            return Err(bad(
                "near= は距離の順に並べるので、sortby= と一緒には使えません / near= sorts by distance, without sortby=",
            ));
        }
        let query = FeatureQuery {
            columns: columns(pairs.one("properties")?, table)?,
            geometry: !flag(&pairs, "skipGeometry")?,
            condition: match conditions.len() {
                0 => None,
                1 => conditions.pop(),
                _ => Some(Condition::All(conditions)),
            },
            sort,
            near,
            after: pairs.one("cursor")?.map(|text| after(text, dataset, table)).transpose()?,
            limit: limit(pairs.one("limit")?)?,
        };
        Ok(Self { form, query, pairs })
    }
}

fn limit(text: Option<&str>) -> Result<u64, Problem> {
    let Some(text) = text else { return Ok(LIMIT) };
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    // A number that does not fit is greater than the most.
    let number = if digits { text.parse().unwrap_or(u64::MAX) } else { 0 };
    if number == 0 {
        return Err(bad("limit= は1以上の整数で指定してください / limit= is a whole number from 1"));
    }
    Ok(number.min(LIMIT_CAP))
}

fn flag(pairs: &Pairs, name: &str) -> Result<bool, Problem> {
    match pairs.one(name)? {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(bad(&format!("{name}= はtrueかfalseで指定してください / {name}= is true or false"))),
    }
}

fn column<'a>(table: &'a Table, name: &str) -> Option<&'a Column> {
    table.shape.columns.iter().find(|column| column.name == name)
}

/// Columns named as parameters: each must have the value, or one of the values where it is given several times.
fn values(pairs: &Pairs, table: &Table) -> Result<Vec<Condition>, Problem> {
    let mut found: Vec<(String, Vec<Scalar>)> = Vec::new();
    for (name, value) in pairs.all() {
        if PARAMETERS.contains(&name.as_str()) {
            continue;
        }
        let storage = match column(table, name) {
            Some(column) => column.kind.storage(),
            None if name == "_id" => Storage::Integer,
            None => return Err(unknown(name)),
        };
        let scalar = match storage {
            Storage::Text => Some(Scalar::Text(value.clone())),
            Storage::Integer | Storage::Number => {
                let number = value.trim();
                let whole = number.parse().ok().map(Scalar::Integer);
                whole.or_else(|| number.parse().ok().filter(|n: &f64| n.is_finite()).map(Scalar::Number))
            }
        };
        let scalar = scalar.ok_or_else(|| {
            let name: String = name.chars().take(60).collect();
            bad(&format!("「{name}」には数を指定してください / '{name}' is a number"))
        })?;
        match found.iter_mut().find(|(own, _)| own == name) {
            Some((_, values)) => values.push(scalar),
            None => found.push((name.clone(), vec![scalar])),
        }
    }
    Ok(found.into_iter().map(|(column, values)| Condition::OneOf { column, values, or_null: false }).collect())
}

/// Names between commas; a name in double quotes may hold commas and doubled quotes.
fn names(text: &str) -> Vec<String> {
    let (mut names, mut name, mut inside) = (Vec::new(), String::new(), false);
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        match c {
            '"' if inside && letters.peek() == Some(&'"') => name.extend(letters.next()),
            '"' => inside = !inside,
            ',' if !inside => names.push(std::mem::take(&mut name)),
            c => name.push(c),
        }
    }
    names.push(name);
    names
}

fn no_property(parameter: &str, name: &str) -> Problem {
    let name: String = name.chars().take(60).collect();
    bad(&format!("{parameter}= の項目「{name}」はありません / {parameter}= names '{name}', which is no property"))
}

fn columns(text: Option<&str>, table: &Table) -> Result<Vec<String>, Problem> {
    let Some(text) = text else { return Ok(table.shape.columns.iter().map(|column| column.name.clone()).collect()) };
    let mut wanted: Vec<String> = Vec::new();
    for name in names(text) {
        let name = name.trim();
        if name.is_empty() {
            continue;
        }
        column(table, name).ok_or_else(|| no_property("properties", name))?;
        if !wanted.iter().any(|own| own == name) {
            wanted.push(name.to_owned());
        }
    }
    Ok(wanted)
}

/// `sortby=a,-b`: rising, or falling with `-`; a `+` arrives as a blank. Records without the value come last.
fn sort(text: Option<&str>, table: &Table) -> Result<Vec<SortKey>, Problem> {
    let mut keys: Vec<SortKey> = Vec::new();
    for name in text.map(names).unwrap_or_default() {
        let name = name.trim();
        let (descending, name) = match (name.strip_prefix('-'), name.strip_prefix('+')) {
            // A column whose own name begins with the sign is meant where there is one.
            (Some(rest), _) if column(table, name).is_none() => (true, rest.trim()),
            (_, Some(rest)) if column(table, name).is_none() => (false, rest.trim()),
            _ => (false, name),
        };
        if name.is_empty() {
            continue;
        }
        if column(table, name).is_none() && name != "_id" {
            return Err(no_property("sortby", name));
        }
        if keys.iter().all(|key| key.column != name) {
            keys.push(SortKey { column: name.to_owned(), descending, nulls_first: false });
        }
    }
    Ok(keys)
}

/// The mark of a release in cursors: the random end of its id.
fn release_mark(dataset: &Dataset) -> String {
    let id = dataset.release.to_string();
    id.rsplit('-').next().unwrap_or_default().to_owned()
}

/// The cursor of the page after this feature.
pub fn cursor(dataset: &Dataset, id: u64) -> String {
    format!("{}-{id}", release_mark(dataset))
}

/// The feature that a cursor names. Of a release that is no longer the public one, records have other numbers: to go on
/// in it would show some twice and others never.
fn after(text: &str, dataset: &Dataset, table: &Table) -> Result<u64, Problem> {
    let wrong = || {
        bad(
            "cursor= は次のページのアドレスにあるものだけが使えます / cursor= comes from the link to the next page only",
        )
    };
    let (release, id) = text.split_once('-').ok_or_else(wrong)?;
    let number: u64 = id.parse().map_err(|_| wrong())?;
    if number.to_string() != id || !release.bytes().all(|b| b.is_ascii_hexdigit()) || release.len() != 12 {
        return Err(wrong());
    }
    if release != release_mark(dataset) {
        return Err(bad(
            "データが更新されたため、続きを取得できません。最初のページから取得し直してください / the data has changed since; \
             begin again at the first page",
        ));
    }
    if !(1..=table.records).contains(&number) {
        return Err(wrong());
    }
    Ok(number)
}
