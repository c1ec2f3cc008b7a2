//! A small public site for tests of HTTP: three datasets of two cities, published the real way, and a router over it.

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, Float64Array, Int64Array, RecordBatch, StringArray};
use axum::Router;
use axum::body::Body;
use hiraku::clock::SetClock;
use hiraku::config::Config;
use hiraku::http::app::App;
use hiraku::http::ckan::write::Writing;
use hiraku::model::catalogue::{Format, Licence, Organization};
use hiraku::model::code::MunicipalityCode;
use hiraku::model::id::{OrganizationId, ReleaseId};
use hiraku::model::lonlat::Bbox;
use hiraku::model::name::Slug;
use hiraku::model::record::{Column, ColumnType, FieldNote, GeometryKind, TableShape};
use hiraku::model::tile::TileSettings;
use hiraku::pipeline::supervise::WorkerCommand;
use hiraku::pipeline::towns::TownFiles;
use hiraku::pipeline::upload::Uploads;
use hiraku::publish::{TableInput, TileOptions, publish_table};
use hiraku::store::ingest::{DatasetEntry, TableEntry};
use hiraku::store::objects::Objects;
use hiraku::store::release::{WrittenFile, WrittenLayer, WrittenTable};
use hiraku::store::{Store, StoreOptions};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value as Json;
use tower::ServiceExt as _;

/// The name of the dataset with positions.
pub(crate) const SHELTERS: &str = "222127_hinanjo";
/// Its layer.
pub(crate) const LAYER: &str = "222127_hinanjo";

/// The site; its files vanish with it.
pub(crate) struct Site {
    pub(crate) app: Arc<App>,
    pub(crate) router: Router,
    folder: tempfile::TempDir,
}

/// An answer, read to its end.
pub(crate) struct Got {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Got {
    pub(crate) fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }
}

impl Site {
    pub(crate) async fn send(&self, request: Request<Body>) -> Got {
        let response = self.router.clone().oneshot(request).await.expect("the router always answers");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes().to_vec();
        Got { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn get(&self, path: &str) -> Got {
        self.with("GET", path, &[]).await
    }

    pub(crate) async fn with(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Got {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::empty()).expect(path)).await
    }

    pub(crate) async fn post(&self, path: &str, kind: &str, body: &str) -> Got {
        let request = Request::builder().method("POST").uri(path).header("content-type", kind);
        self.send(request.body(Body::from(body.to_owned())).expect(path)).await
    }

    /// The same data under a server that knows nothing of it yet.
    pub(crate) fn started_anew(self) -> Self {
        self.with_settings(|_| {})
    }

    /// The same data under a server with other settings.
    pub(crate) fn with_settings(self, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = self.app.config.clone();
        change(&mut config);
        let catalogue = self.app.store.load_catalogue(licence).expect("a catalogue");
        let (store, objects) = (Arc::clone(&self.app.store), self.app.objects.clone());
        let app = Arc::new(App::new(config, Arc::clone(&self.app.clock), store, objects, catalogue));
        Self { router: hiraku::http::router(Arc::clone(&app)), app, folder: self.folder }
    }

    /// The same data under a server that takes changes from holders of tokens.
    pub(crate) fn with_writing(self) -> Self {
        let uploads = Uploads::open(&self.folder.path().join("uploads"), &self.app.store).expect("a folder");
        let worker = WorkerCommand::of(std::path::Path::new(env!("CARGO_BIN_EXE_hiraku")));
        let writing = Writing::new(worker, TownFiles::default(), 64 << 20, uploads, Arc::default());
        let catalogue = self.app.store.load_catalogue(licence).expect("a catalogue");
        let (store, objects) = (Arc::clone(&self.app.store), self.app.objects.clone());
        let app = App::new(self.app.config.clone(), Arc::clone(&self.app.clock), store, objects, catalogue);
        let app = Arc::new(app.with_writing(writing));
        Self { router: hiraku::http::router(Arc::clone(&app)), app, folder: self.folder }
    }

    /// The same data under a server with a staff desk, and the clock it goes by.
    pub(crate) fn with_desk(self) -> (Self, Arc<SetClock>) {
        let mut config = self.app.config.clone();
        config.desk_listen = Some(config.listen);
        "http://127.0.0.1:8080".clone_into(&mut config.desk_url);
        let clock = Arc::new(SetClock::new(self.app.clock.now()));
        let desk = hiraku::http::desk::Desk::of(&config, system_random).expect("settings that fit");
        let catalogue = self.app.store.load_catalogue(licence).expect("a catalogue");
        let (store, objects) = (Arc::clone(&self.app.store), self.app.objects.clone());
        let app = App::new(config, Arc::<SetClock>::clone(&clock), store, objects, catalogue);
        let app = Arc::new(app.with_desk(desk));
        (Self { router: hiraku::http::router(Arc::clone(&app)), app, folder: self.folder }, clock)
    }

    /// The same with a staff desk that takes files in.
    pub(crate) fn with_cases(self) -> (Self, Arc<SetClock>) {
        let (own, clock) = self.with_desk();
        let uploads = Uploads::open(&own.folder.path().join("uploads"), &own.app.store).expect("a folder");
        let worker = WorkerCommand::of(std::path::Path::new(env!("CARGO_BIN_EXE_hiraku")));
        let writing = Writing::new(worker, TownFiles::default(), 64 << 20, uploads, Arc::default());
        let desk = hiraku::http::desk::Desk::of(&own.app.config, system_random).expect("settings that fit");
        let catalogue = own.app.store.load_catalogue(licence).expect("a catalogue");
        let (store, objects) = (Arc::clone(&own.app.store), own.app.objects.clone());
        let app = App::new(own.app.config.clone(), Arc::<SetClock>::clone(&clock), store, objects, catalogue);
        let app = Arc::new(app.with_desk(desk).with_writing(writing));
        (Self { router: hiraku::http::router(Arc::clone(&app)), app, folder: own.folder }, clock)
    }

    /// The folder of what was sent.
    pub(crate) fn uploads(&self) -> std::path::PathBuf {
        self.folder.path().join("uploads")
    }

    /// `result` of a successful action.
    pub(crate) async fn result(&self, call: &str) -> Json {
        let got = self.get(&format!("/api/3/action/{call}")).await;
        assert_eq!(got.status, StatusCode::OK, "{call}: {}", got.text());
        let mut envelope = got.json();
        assert_eq!(envelope["success"], true, "{call}");
        envelope["result"].take()
    }

    /// Id and path of a distribution.
    pub(crate) fn file(&self, dataset: &str, format: Format) -> (String, String) {
        let catalogue = self.app.catalogue();
        let dataset = catalogue.dataset(dataset).expect("a dataset");
        let own = dataset.distributions.iter().find(|own| own.format == format).expect("a distribution");
        (own.id.to_string(), hiraku::http::download::url("", dataset, own))
    }
}

/// Chance, from the system.
pub(crate) fn system_random(bytes: &mut [u8]) -> std::io::Result<()> {
    getrandom::fill(bytes).map_err(|error| std::io::Error::other(error.to_string()))
}

struct Place(&'static str, Option<i64>, Option<f64>, &'static str, Option<(f64, f64)>);

struct Plan {
    name: &'static str,
    title: &'static str,
    notes: &'static str,
    licence: &'static str,
    theme: &'static str,
    tags: &'static [&'static str],
    city: (&'static str, &'static str, &'static str),
    places: &'static [Place],
}

const YAIZU: (&str, &str, &str) = ("222127", "焼津市", "静岡県");
const ISE: (&str, &str, &str) = ("242039", "伊勢市", "三重県");

const PLANS: &[Plan] = &[
    Plan {
        name: SHELTERS,
        title: "指定緊急避難場所",
        notes: "津波・洪水のときに避難する場所です。",
        licence: "PDL1.0",
        theme: "防災",
        tags: &["避難所", "防災"],
        city: YAIZU,
        places: &[
            Place("焼津市役所", Some(120), Some(1.5), "0123", Some((138.3236, 34.8668))),
            Place("大井川庁舎", Some(80), None, "0456", Some((138.2900, 34.8020))),
            Place("中央公園, \"東\"", None, Some(2.0), "", Some((138.3200, 34.8600))),
        ],
    },
    Plan {
        name: "242039_aed",
        title: "AED設置箇所",
        notes: "自動体外式除細動器の一覧",
        licence: "cc-by-4.0",
        theme: "医療",
        tags: &["AED", "防災"],
        city: ISE,
        places: &[Place("伊勢市役所", Some(1), None, "", None), Place("髙向公民館", Some(2), None, "", None)],
    },
    Plan {
        name: "222127_kouen",
        title: "都市公園一覧",
        notes: "",
        licence: "PDL1.0",
        theme: "まちづくり",
        tags: &["公園"],
        city: YAIZU,
        places: &[Place("石津西公園", None, Some(12.25), "", None)],
    },
];

fn column(name: &str, kind: ColumnType) -> Column {
    let note = FieldNote {
        requirement: "◎".to_owned(),
        format: "文字列".to_owned(),
        english: String::new(),
        codes: Vec::new(),
        verified: true,
    };
    Column {
        name: name.to_owned(),
        title: format!("{name}(見出し)"),
        kind,
        found: Some(name.to_owned()),
        field: (name == "名称").then_some(note),
    }
}

fn shape(plan: &Plan) -> TableShape {
    TableShape {
        key: Slug::parse("main").expect("a name"),
        title: plan.title.to_owned(),
        sheet: None,
        columns: vec![
            column("名称", ColumnType::Text),
            column("収容 人数", ColumnType::Integer),
            column("面積", ColumnType::Number),
            column("コード", ColumnType::Code),
        ],
        tiles: TileSettings::default(),
        is_titled: false,
    }
}

fn wkb_point(lon: f64, lat: f64) -> Vec<u8> {
    let mut bytes = vec![1, 1, 0, 0, 0];
    bytes.extend_from_slice(&lon.to_le_bytes());
    bytes.extend_from_slice(&lat.to_le_bytes());
    bytes
}

fn batch(places: &[Place]) -> RecordBatch {
    let numbers = || (1..=places.len()).map(|n| i64::try_from(n).expect("few"));
    let wkb: Vec<Option<Vec<u8>>> = places.iter().map(|p| p.4.map(|(lon, lat)| wkb_point(lon, lat))).collect();
    let lon = || places.iter().map(|p| p.4.map(|at| at.0)).collect::<Float64Array>();
    let lat = || places.iter().map(|p| p.4.map(|at| at.1)).collect::<Float64Array>();
    let text = |value: &'static str| if value.is_empty() { None } else { Some(value) };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("_row", Arc::new(Int64Array::from_iter_values(numbers()))),
        ("_hilbert", Arc::new(Int64Array::from_iter_values(numbers()))),
        ("名称", Arc::new(places.iter().map(|p| Some(p.0)).collect::<StringArray>())),
        ("収容 人数", Arc::new(places.iter().map(|p| p.1).collect::<Int64Array>())),
        ("面積", Arc::new(places.iter().map(|p| p.2).collect::<Float64Array>())),
        ("コード", Arc::new(places.iter().map(|p| text(p.3)).collect::<StringArray>())),
        ("_found", Arc::new(places.iter().map(|_| None::<&str>).collect::<StringArray>())),
        ("_geom", Arc::new(BinaryArray::from_iter(wkb))),
        ("_west", Arc::new(lon())),
        ("_south", Arc::new(lat())),
        ("_east", Arc::new(lon())),
        ("_north", Arc::new(lat())),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
        .expect("the columns are of one length")
}

fn take_in(store: &Store, plan: &Plan, now: jiff::Timestamp) {
    let count = plan.places.len() as u64;
    let mut ingest = store.begin_ingest(ReleaseId::mint(now)).expect("a transaction");
    ingest.begin_table(&shape(plan)).expect("a table");
    ingest.append(batch(plan.places)).expect("records");
    let bbox = plan
        .places
        .iter()
        .filter_map(|place| place.4)
        .map(|(lon, lat)| Bbox { west_deg: lon, south_deg: lat, east_deg: lon, north_deg: lat })
        .reduce(Bbox::union);
    let table = TableEntry {
        shape: shape(plan),
        source_file: format!("{}.csv", plan.title),
        encoding: "UTF-8".to_owned(),
        format: "csv".to_owned(),
        rows_read: count,
        records: count,
        refused: 0,
        rows_above: 1,
        geometry: bbox.map(|_| GeometryKind::Point),
        bbox,
        finding_counts: Vec::new(),
        findings: Vec::new(),
        refused_rows: Vec::new(),
    };
    ingest.end_table(&table).expect("records in order");
    let (code, title, prefecture) = plan.city;
    let publisher = Organization {
        id: OrganizationId::mint(now),
        code: MunicipalityCode::parse(code).expect("a code"),
        name: Slug::parse(code).expect("a name"),
        title: title.to_owned(),
        prefecture: prefecture.to_owned(),
        created: now,
    };
    let entry = DatasetEntry {
        name: Slug::parse(plan.name).expect("a name"),
        title: plan.title.to_owned(),
        notes: plan.notes.to_owned(),
        licence: plan.licence.to_owned(),
        attribution: format!("{title}『{}』", plan.title),
        source_page: "https://example.jp/opendata".to_owned(),
        theme: plan.theme.to_owned(),
        tags: plan.tags.iter().map(|tag| (*tag).to_owned()).collect(),
        retrieved: "2026-11-01".to_owned(),
    };
    ingest.commit(&entry, &publisher, &"0".repeat(64), now).expect("a staged release");
}

fn publish_all(store: &Store, objects: &Objects, now: jiff::Timestamp) {
    for release in store.staged_releases().expect("staged releases") {
        let table = &release.tables[0];
        let layer = table.geometry.map(|_| release.name.clone());
        let input = TableInput {
            shape: &table.shape,
            title: &release.title,
            layer: layer.as_ref(),
            attribution: &release.attribution,
            geometry: table.geometry,
            bbox: table.bbox,
            tiles: TileOptions::default(),
        };
        let published = store
            .sweep_records(&table.record_table, |batches| {
                publish_table(input, batches.map(Ok::<_, std::io::Error>), objects)
            })
            .expect("a sweep")
            .expect("files");
        let files = published
            .files
            .iter()
            .map(|file| WrittenFile {
                format: file.format,
                title: format!("{}({})", release.title, file.format.name()),
                file_name: format!("{}.{}", release.title, file.format.extension()),
                digest: file.digest,
                size_bytes: file.size_bytes,
            })
            .collect();
        let layer = layer.zip(published.tileset).map(|(name, t)| WrittenLayer {
            name,
            tileset: t.digest,
            index: t.index,
            brotli: t.brotli,
            min_zoom: t.min_zoom,
            max_zoom: t.max_zoom,
        });
        store.publish(&release, &[WrittenTable { position: 0, files, layer }], now).expect("a release");
    }
}

fn licence(id: &str) -> Licence {
    Licence {
        id: id.to_owned(),
        title: format!("{id}の日本語名"),
        url: "https://example.jp/licence?a=1&b=2".to_owned(),
        open: true,
    }
}

/// Builds the site.
pub(crate) fn site() -> Site {
    site_of(PLANS)
}

/// The name of the layer with many places.
pub(crate) const TOILETS: &str = "222127_toilet";

/// A site with two layers: the shelters, and 600 places around them.
pub(crate) fn site_of_layers() -> Site {
    site_of(&[shelters(), toilets(0.0)])
}

/// Publishes the places of [`TOILETS`] anew, each moved by so many degrees, and serves them.
pub(crate) fn move_toilets(site: &Site, by_deg: f64) {
    let now = site.app.clock.now();
    take_in(&site.app.store, &toilets(by_deg), now);
    publish_all(&site.app.store, &site.app.objects, now);
    site.app.swap_catalogue(site.app.store.load_catalogue(licence).expect("a catalogue"));
}

/// Takes in a new release of the parks with one park of this name; it is not public before [`publish_staged`].
pub(crate) fn stage_park(site: &Site, park: &'static str) {
    let places = Box::leak(Box::new([Place(park, None, Some(1.0), "", None)]));
    let Plan { name, title, notes, licence, theme, tags, city, .. } = PLANS[2];
    let plan = Plan { name, title, notes, licence, theme, tags, city, places };
    take_in(&site.app.store, &plan, site.app.clock.now());
}

/// Publishes what was taken in, and serves it.
pub(crate) fn publish_staged(site: &Site) {
    publish_all(&site.app.store, &site.app.objects, site.app.clock.now());
    site.app.swap_catalogue(site.app.store.load_catalogue(licence).expect("a catalogue"));
}

/// The name of the dataset of many rows.
pub(crate) const MANY: &str = "222127_many";

/// A site with one table of so many rows without positions, all with the same name and code.
pub(crate) fn site_of_rows(rows: usize) -> Site {
    let places: Vec<Place> =
        (0..rows).map(|n| Place("市立図書館の蔵書", i64::try_from(n % 100).ok(), None, "same", None)).collect();
    site_of(&[Plan {
        name: MANY,
        title: "蔵書一覧",
        notes: "",
        licence: "cc-by-4.0",
        theme: "教育",
        tags: &["図書館"],
        city: YAIZU,
        places: Box::leak(places.into_boxed_slice()),
    }])
}

fn shelters() -> Plan {
    let Plan { name, title, notes, licence, theme, tags, city, places } = PLANS[0];
    Plan { name, title, notes, licence, theme, tags, city, places }
}

fn toilets(moved_deg: f64) -> Plan {
    // The program ends with the test: what a plan borrows may stay.
    let text = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let place = |n: u32| {
        let (column, row) = (f64::from(n % 30), f64::from(n / 30));
        let name = text(format!("公衆便所 第{n}号 {}", ["駅前", "公園内", "海岸", "市役所北"][n as usize % 4]));
        let at = (138.30 + column * 0.0007 + moved_deg, 34.84 + row * 0.0011);
        Place(name, Some(i64::from(n % 7)), None, "", Some(at))
    };
    let places = (0..600).map(place).collect::<Vec<_>>();
    Plan {
        name: TOILETS,
        title: "公衆トイレ一覧",
        notes: "",
        licence: "cc-by-4.0",
        theme: "まちづくり",
        tags: &["トイレ"],
        city: YAIZU,
        places: Box::leak(places.into_boxed_slice()),
    }
}

/// A site with so many datasets of one record each, all tagged 多数.
pub(crate) fn site_of_many(count: usize) -> Site {
    let plan = |n: usize| Plan {
        name: Box::leak(format!("222127_many_{n:03}").into_boxed_str()),
        title: "多数の一覧",
        notes: "",
        licence: "cc-by-4.0",
        theme: "行政",
        tags: &["多数"],
        city: YAIZU,
        places: &[Place("焼津市役所", Some(1), None, "", None)],
    };
    site_of(&(0..count).map(plan).collect::<Vec<_>>())
}

fn site_of(plans: &[Plan]) -> Site {
    let folder = tempfile::tempdir().expect("a folder");
    let options = StoreOptions { memory_mib: 256, threads: 1 };
    let store = Arc::new(Store::open(folder.path(), options).expect("a database"));
    let objects = Objects::open(&folder.path().join("objects")).expect("a folder of objects");
    let mut now: jiff::Timestamp = "2026-11-01T00:00:00Z".parse().expect("a time");
    for plan in plans {
        take_in(&store, plan, now);
        publish_all(&store, &objects, now);
        now += jiff::Span::new().hours(24);
    }
    let catalogue = store.load_catalogue(licence).expect("a catalogue");
    assert_eq!(catalogue.datasets().len(), plans.len());
    let config = Config { site_url: "https://data.example.jp".to_owned(), ..Config::default() };
    let clock = Arc::new(SetClock::new("2026-11-21T09:45:00Z".parse().expect("a time")));
    let app = Arc::new(App::new(config, clock, store, objects, catalogue));
    Site { router: hiraku::http::router(Arc::clone(&app)), app, folder }
}
