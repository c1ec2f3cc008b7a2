//! A small catalogue in a real store, made by hand: two cities, points, lines, areas and a table without position.

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use geo::BoundingRect as _;
use geo_types::Geometry;
use geozero::{CoordDimensions, ToWkb as _};
use hiraku::clock::SetClock;
use hiraku::config::Config;
use hiraku::http::app::App;
use hiraku::model::catalogue::{Format, Licence, Organization};
use hiraku::model::code::MunicipalityCode;
use hiraku::model::finding::Severity;
use hiraku::model::id::{OrganizationId, ReleaseId};
use hiraku::model::lonlat::{Bbox, hilbert};
use hiraku::model::name::{Digest, Slug};
use hiraku::model::record::{Column, ColumnType, GeometryKind, Storage, TableShape, Value};
use hiraku::model::tile::TileSettings;
use hiraku::store::ingest::{DatasetEntry, TableEntry};
use hiraku::store::objects::Objects;
use hiraku::store::release::{WrittenFile, WrittenLayer, WrittenTable};
use hiraku::store::{Store, StoreOptions};

/// The day on which everything here was published.
pub(crate) const NOW: &str = "2026-11-21T00:00:00Z";

/// One dataset with one table.
pub(crate) struct Made<'a> {
    /// Its name; the layer has the same.
    pub name: &'a str,
    /// Its title.
    pub title: &'a str,
    /// Its publisher: code, title, prefecture.
    pub publisher: (&'a str, &'a str, &'a str),
    /// Its theme.
    pub theme: &'a str,
    /// Its columns.
    pub columns: &'a [(&'a str, ColumnType)],
    /// Its records.
    pub rows: Vec<(Vec<Value>, Option<Geometry<f64>>)>,
    /// Rows refused beside them.
    pub refused: u64,
}

/// A licence for all.
pub(crate) fn licence(id: &str) -> Licence {
    Licence {
        id: id.to_owned(),
        title: "クリエイティブ・コモンズ 表示 4.0 国際".to_owned(),
        url: "https://creativecommons.org/licenses/by/4.0/deed.ja".to_owned(),
        open: true,
    }
}

/// A server's state over an empty data directory, which must be kept as long as it.
pub(crate) fn app(folder: &std::path::Path, datasets: &[Made<'_>]) -> Arc<App> {
    let now: jiff::Timestamp = NOW.parse().expect("a time");
    let store = Store::open(folder, StoreOptions { memory_mib: 256, threads: 1 }).expect("opens");
    for made in datasets {
        ingest(&store, made, now);
    }
    for release in store.staged_releases().expect("reads") {
        let written: Vec<WrittenTable> = release
            .tables
            .iter()
            .map(|table| WrittenTable {
                position: table.position,
                files: vec![WrittenFile {
                    format: Format::Csv,
                    title: format!("{}(CSV)", release.title),
                    file_name: format!("{}.csv", release.title),
                    digest: Digest::of(release.name.as_str().as_bytes()),
                    size_bytes: 12_345,
                }],
                layer: table.geometry.map(|_| WrittenLayer {
                    name: release.name.clone(),
                    tileset: Digest::of(b"tiles"),
                    index: Digest::of(b"index"),
                    brotli: None,
                    min_zoom: 4,
                    max_zoom: 14,
                }),
            })
            .collect();
        store.publish(&release, &written, now).expect("publishes");
    }
    let catalogue = store.load_catalogue(licence).expect("loads");
    let objects = Objects::open(&folder.join("objects")).expect("opens");
    Arc::new(App::new(Config::default(), Arc::new(SetClock::new(now)), Arc::new(store), objects, catalogue))
}

fn ingest(store: &Store, made: &Made<'_>, now: jiff::Timestamp) {
    let shape = TableShape {
        key: Slug::parse("table").expect("a name"),
        title: made.title.to_owned(),
        sheet: None,
        columns: made
            .columns
            .iter()
            .map(|(name, kind)| Column {
                name: (*name).to_owned(),
                title: (*name).to_owned(),
                kind: *kind,
                found: Some((*name).to_owned()),
                field: None,
            })
            .collect(),
        tiles: TileSettings::default(),
        is_titled: false,
    };
    let mut bbox: Option<Bbox> = None;
    for rect in made.rows.iter().filter_map(|(_, geometry)| geometry.as_ref()?.bounding_rect()) {
        let own =
            Bbox { west_deg: rect.min().x, south_deg: rect.min().y, east_deg: rect.max().x, north_deg: rect.max().y };
        bbox = Some(bbox.map_or(own, |all| all.union(own)));
    }
    let geometry = made.rows.iter().find_map(|(_, geometry)| geometry.as_ref()).map(|geometry| match geometry {
        Geometry::Point(_) | Geometry::MultiPoint(_) => GeometryKind::Point,
        Geometry::LineString(_) | Geometry::MultiLineString(_) => GeometryKind::Line,
        _ => GeometryKind::Polygon,
    });
    let records = made.rows.len() as u64;
    let mut ingest = store.begin_ingest(ReleaseId::mint(now)).expect("begins");
    ingest.begin_table(&shape).expect("begins");
    ingest.append(batch(&shape, &made.rows)).expect("appends");
    ingest
        .end_table(&TableEntry {
            shape,
            source_file: "data.csv".to_owned(),
            encoding: "UTF-8".to_owned(),
            format: "csv".to_owned(),
            rows_read: records + made.refused,
            records,
            refused: made.refused,
            rows_above: 1,
            geometry,
            bbox,
            finding_counts: vec![("number-folded".to_owned(), Severity::Note, 3)],
            findings: Vec::new(),
            refused_rows: Vec::new(),
        })
        .expect("ends");
    let (code, title, prefecture) = made.publisher;
    let publisher = Organization {
        id: OrganizationId::mint(now),
        code: MunicipalityCode::parse(code).expect("a code"),
        name: Slug::parse(code).expect("a name"),
        title: title.to_owned(),
        prefecture: prefecture.to_owned(),
        created: now,
    };
    let entry = DatasetEntry {
        name: Slug::parse(made.name).expect("a name"),
        title: made.title.to_owned(),
        notes: format!("{}が公開している{}です。", title, made.title),
        licence: "cc-by-4.0".to_owned(),
        attribution: format!("{title}「{}」", made.title),
        source_page: "https://www.city.example.lg.jp/opendata".to_owned(),
        theme: made.theme.to_owned(),
        tags: vec![made.theme.to_owned()],
        retrieved: "2026-10-01".to_owned(),
    };
    ingest.commit(&entry, &publisher, "digest", now).expect("commits");
}

fn batch(shape: &TableShape, rows: &[(Vec<Value>, Option<Geometry<f64>>)]) -> RecordBatch {
    let rects: Vec<_> =
        rows.iter().map(|(_, geometry)| geometry.as_ref().and_then(geo::BoundingRect::bounding_rect)).collect();
    let mut fields = vec![Field::new("_row", DataType::Int64, true), Field::new("_hilbert", DataType::Int64, true)];
    let mut arrays: Vec<ArrayRef> = vec![
        Arc::new((1..=rows.len() as i64).collect::<Int64Array>()),
        Arc::new(
            rects
                .iter()
                .map(|rect| rect.map(|r| i64::from(hilbert(r.center().x, r.center().y))))
                .collect::<Int64Array>(),
        ),
    ];
    for (index, column) in shape.columns.iter().enumerate() {
        let values = rows.iter().map(|(values, _)| &values[index]);
        let (data_type, array): (DataType, ArrayRef) = match column.kind.storage() {
            Storage::Text => (
                DataType::Utf8,
                Arc::new(
                    values
                        .map(|value| if let Value::Text(text) = value { Some(text.as_str()) } else { None })
                        .collect::<StringArray>(),
                ),
            ),
            Storage::Integer => (
                DataType::Int64,
                Arc::new(
                    values
                        .map(|value| if let Value::Integer(number) = value { Some(*number) } else { None })
                        .collect::<Int64Array>(),
                ),
            ),
            Storage::Number => (
                DataType::Float64,
                Arc::new(
                    values
                        .map(|value| if let Value::Number(number) = value { Some(*number) } else { None })
                        .collect::<Float64Array>(),
                ),
            ),
        };
        fields.push(Field::new(&column.name, data_type, true));
        arrays.push(array);
    }
    fields.push(Field::new("_found", DataType::Utf8, true));
    arrays.push(Arc::new(rows.iter().map(|_| None::<&str>).collect::<StringArray>()));
    let wkb: Vec<Option<Vec<u8>>> = rows
        .iter()
        .map(|(_, geometry)| geometry.as_ref().map(|g| g.to_wkb(CoordDimensions::xy()).expect("writes")))
        .collect();
    fields.push(Field::new("_geom", DataType::Binary, true));
    arrays.push(Arc::new(wkb.iter().map(Option::as_deref).collect::<BinaryArray>()));
    for (name, value) in [
        ("_west", (|r: &geo_types::Rect<f64>| r.min().x) as fn(&geo_types::Rect<f64>) -> f64),
        ("_south", |r| r.min().y),
        ("_east", |r| r.max().x),
        ("_north", |r| r.max().y),
    ] {
        fields.push(Field::new(name, DataType::Float64, true));
        arrays.push(Arc::new(rects.iter().map(|rect| rect.as_ref().map(value)).collect::<Float64Array>()));
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).expect("columns of one length")
}
