//! The files of a GTFS feed: what they must hold, and which of their columns refer to which others.
//!
//! Source: 標準的なバス情報フォーマット(GTFS-JP)仕様書 第3版, which adds to the GTFS Schedule Reference that fares, the feed's
//! own description and readings are required, and the files `agency_jp.txt` and `office_jp.txt`.

/// How much a file is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// Without it there is no timetable.
    Always,
    /// GTFS-JP wants it beyond GTFS.
    InJapan,
    /// May be left out.
    Never,
}

/// One file of a feed.
#[derive(Debug)]
pub(super) struct File {
    /// Its name.
    pub(super) name: &'static str,
    /// How much it is needed.
    pub(super) need: Need,
    /// Columns it must have.
    pub(super) columns: &'static [&'static str],
    /// The column whose values others refer to, where they are unique in the file.
    pub(super) key: Option<&'static str>,
    /// Columns that refer to the keys of other files.
    pub(super) references: &'static [(&'static str, &'static [&'static str])],
}

const fn file(
    name: &'static str,
    need: Need,
    columns: &'static [&'static str],
    key: Option<&'static str>,
    references: &'static [(&'static str, &'static [&'static str])],
) -> File {
    File { name, need, columns, key, references }
}

/// The files in the order in which they are read: what is referred to comes first.
pub(super) const FILES: &[File] = &[
    file("agency.txt", Need::Always, &["agency_name", "agency_url", "agency_timezone"], Some("agency_id"), &[]),
    file("agency_jp.txt", Need::Never, &["agency_id"], None, &[("agency_id", &["agency.txt"])]),
    file("office_jp.txt", Need::Never, &["office_id", "office_name"], Some("office_id"), &[]),
    file("stops.txt", Need::Always, &["stop_id", "stop_name", "stop_lat", "stop_lon"], Some("stop_id"), &[]),
    file("routes.txt", Need::Always, &["route_id", "route_type"], Some("route_id"), &[("agency_id", &["agency.txt"])]),
    file("routes_jp.txt", Need::Never, &["route_id"], None, &[("route_id", &["routes.txt"])]),
    file(
        "calendar.txt",
        Need::Never,
        &[
            "service_id",
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "saturday",
            "sunday",
            "start_date",
            "end_date",
        ],
        Some("service_id"),
        &[],
    ),
    file("calendar_dates.txt", Need::Never, &["service_id", "date", "exception_type"], None, &[]),
    file("shapes.txt", Need::Never, &["shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence"], None, &[]),
    file(
        "trips.txt",
        Need::Always,
        &["route_id", "service_id", "trip_id"],
        Some("trip_id"),
        &[
            ("route_id", &["routes.txt"]),
            ("service_id", &["calendar.txt", "calendar_dates.txt"]),
            ("shape_id", &["shapes.txt"]),
            ("jp_office_id", &["office_jp.txt"]),
        ],
    ),
    file(
        "stop_times.txt",
        Need::Always,
        &["trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence"],
        None,
        &[("trip_id", &["trips.txt"]), ("stop_id", &["stops.txt"])],
    ),
    file(
        "frequencies.txt",
        Need::Never,
        &["trip_id", "start_time", "end_time", "headway_secs"],
        None,
        &[("trip_id", &["trips.txt"])],
    ),
    file(
        "fare_attributes.txt",
        Need::InJapan,
        &["fare_id", "price", "currency_type", "payment_method", "transfers"],
        Some("fare_id"),
        &[],
    ),
    file(
        "fare_rules.txt",
        Need::Never,
        &["fare_id"],
        None,
        &[("fare_id", &["fare_attributes.txt"]), ("route_id", &["routes.txt"])],
    ),
    file(
        "transfers.txt",
        Need::Never,
        &["from_stop_id", "to_stop_id"],
        None,
        &[("from_stop_id", &["stops.txt"]), ("to_stop_id", &["stops.txt"])],
    ),
    file("feed_info.txt", Need::InJapan, &["feed_publisher_name", "feed_publisher_url", "feed_lang"], None, &[]),
    file("translations.txt", Need::InJapan, &["translation"], None, &[]),
    file("pathways.txt", Need::Never, &["pathway_id"], None, &[]),
    file("levels.txt", Need::Never, &["level_id"], None, &[]),
    file("attributions.txt", Need::Never, &["organization_name"], None, &[]),
];

/// The files that make a feed known: what it cannot do without.
const CORE: [&str; 5] = ["stops.txt", "agency.txt", "routes.txt", "trips.txt", "stop_times.txt"];

/// Folders of an archive that are looked at: feeds of several operators in one archive are a few.
const FOLDERS: usize = 64;

/// Whether the names of the files in one folder are those of a feed: its stops beside any other of its files, or one of
/// what it cannot do without beside two others. That some are missing, be it the stops, is said of the feed.
fn is_feed<'n>(names: impl Iterator<Item = &'n str>) -> bool {
    let (mut stops, mut core, mut all) = (false, false, 0);
    for name in names.filter(|name| FILES.iter().any(|file| file.name == *name)) {
        stops |= name == "stops.txt";
        core |= CORE.contains(&name);
        all += 1;
    }
    stops && all >= 2 || core && all >= 3
}

/// The folder of an archive that holds a feed, with its slash; empty for the archive itself.
pub(in crate::read) fn feed_folder<'n>(names: &(impl Iterator<Item = &'n str> + Clone)) -> Option<&'n str> {
    let folders = names.clone().filter_map(|name| CORE.iter().find_map(|core| name.strip_suffix(core)));
    let mut folders = folders.filter(|folder| folder.is_empty() || folder.ends_with('/')).take(FOLDERS);
    folders.find(|folder| is_feed(names.clone().filter_map(|name| name.strip_prefix(folder))))
}
