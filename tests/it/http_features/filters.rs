//! Filters in CQL2 against an evaluation by hand with three truth values (OGC 21-065r2, §6.2).

use geo::Relate as _;
use geo_types::{Coord, Geometry, Point, Rect, polygon};
use hiraku::model::record::Value;

use super::{Dice, Known, POINTS, SHAPES, Site, ids_where};

/// An expression with its own meaning.
enum Filter {
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Not(Box<Filter>),
    Number(&'static str, &'static str, f64),
    Text(&'static str, &'static str, String),
    Folded(&'static str, String),
    Like(&'static str, String, bool),
    Between(&'static str, f64, f64),
    InTexts(&'static str, Vec<String>),
    InNumbers(&'static str, Vec<f64>),
    IsNull(&'static str),
    Columns(&'static str, &'static str, &'static str),
    Day(&'static str, String),
    Box(Rect<f64>),
    Triangle([Coord<f64>; 3]),
}

fn name(column: &str, dice: u64) -> String {
    if column.contains(' ') || dice == 0 { format!("\"{column}\"") } else { column.to_owned() }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

impl Filter {
    fn random(dice: &mut Dice, depth: u64) -> Self {
        let signs = ["=", "<>", "<", "<=", ">", ">="];
        let sign = signs[usize::try_from(dice.below(6)).expect("small")];
        let texts = ["公園1", "小学校0", "AEDステーション3", "aed 駅前2", "100%_\\市民4", "it's1", ""];
        let text = texts[usize::try_from(dice.below(7)).expect("small")].to_owned();
        let number = dice.below(60) as f64 / 4.0 - 4.0;
        let whole = dice.below(40) as f64 - 5.0;
        if depth > 0 && dice.below(2) == 0 {
            let some = |dice: &mut Dice| (0..=dice.below(2)).map(|_| Self::random(dice, depth - 1)).collect();
            return match dice.below(3) {
                0 => Self::And(some(dice)),
                1 => Self::Or(some(dice)),
                _ => Self::Not(Box::new(Self::random(dice, depth - 1))),
            };
        }
        match dice.below(14) {
            0 => Self::Number("面積", sign, number),
            1 => Self::Number("収容 人数", sign, if dice.below(2) == 0 { whole } else { number }),
            2 => Self::Text("名称", sign, text),
            3 => Self::Text("コード", sign, format!("{:04}", dice.below(30))),
            4 => Self::Folded("名称", text.to_uppercase()),
            5 => {
                let patterns = ["%公園%", "公園_", "%1", "aed%", "100\\%\\_%", "%", "_____", "%s_", "x%y%z", "it's%"];
                let pattern = patterns[usize::try_from(dice.below(10)).expect("small")].to_owned();
                Self::Like("名称", pattern, dice.below(2) == 0)
            }
            6 => Self::Between("面積", number, number + dice.below(5) as f64),
            7 => Self::InTexts("名称", vec![text, "小学校2".to_owned(), "公園0".to_owned()]),
            8 => Self::InNumbers("収容 人数", vec![whole, 0.0, 7.0, 7.5]),
            9 => Self::IsNull(
                ["名称", "収容 人数", "面積", "コード", "設置日"][usize::try_from(dice.below(5)).expect("small")],
            ),
            10 => Self::Columns("収容 人数", sign, "面積"),
            11 => Self::Day(
                sign,
                ["2024-04-01", "2024-04-15", "2025-01-01"][usize::try_from(dice.below(3)).expect("small")].into(),
            ),
            12 => {
                let (x, y) = (dice.degrees(138.2, 138.35), dice.degrees(34.75, 34.9));
                Self::Box(Rect::new(Coord { x, y }, Coord { x: x + 0.06, y: y + 0.06 }))
            }
            _ => {
                let mut corner = || Coord { x: dice.degrees(138.2, 138.4), y: dice.degrees(34.75, 34.95) };
                Self::Triangle([corner(), corner(), corner()])
            }
        }
    }

    fn text(&self, dice: &mut Dice) -> String {
        let quote = dice.below(2);
        let joined = |parts: &[Self], word: &str, dice: &mut Dice| {
            let parts: Vec<String> = parts.iter().map(|part| part.text(dice)).collect();
            format!("({})", parts.join(&format!(" {word} ")))
        };
        match self {
            Self::And(parts) => joined(parts, "AND", dice),
            Self::Or(parts) => joined(parts, "or", dice),
            Self::Not(inner) => format!("NOT ({})", inner.text(dice)),
            Self::Number(column, sign, number) => format!("{} {sign} {number}", name(column, quote)),
            Self::Text(column, sign, text) => format!("{}{sign}{}", name(column, quote), quoted(text)),
            Self::Folded(column, text) => format!("CASEI({}) = CASEI({})", name(column, quote), quoted(text)),
            Self::Like(column, pattern, false) => format!("{} LIKE {}", name(column, quote), quoted(pattern)),
            Self::Like(column, pattern, true) => {
                format!("CASEI({}) LIKE CASEI({})", name(column, quote), quoted(pattern))
            }
            Self::Between(column, low, high) => format!("{} BETWEEN {low} AND {high}", name(column, quote)),
            Self::InTexts(column, texts) => {
                let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
                format!("{} IN ({})", name(column, quote), texts.join(", "))
            }
            Self::InNumbers(column, numbers) => {
                let numbers: Vec<String> = numbers.iter().map(f64::to_string).collect();
                format!("{} in ({})", name(column, quote), numbers.join(","))
            }
            Self::IsNull(column) => format!("{} IS NULL", name(column, quote)),
            Self::Columns(left, sign, right) => format!("{} {sign} {}", name(left, quote), name(right, quote)),
            Self::Day(sign, day) => format!("設置日 {sign} DATE('{day}')"),
            Self::Box(b) => {
                format!("S_INTERSECTS(geometry, BBOX({},{},{},{}))", b.min().x, b.min().y, b.max().x, b.max().y)
            }
            Self::Triangle([a, b, c]) => format!(
                "S_INTERSECTS(geometry, POLYGON(({} {}, {} {}, {} {}, {} {})))",
                a.x, a.y, b.x, b.y, c.x, c.y, a.x, a.y
            ),
        }
    }

    /// True, false or unknown.
    fn holds(&self, known: &Known) -> Option<bool> {
        let number = |column: &str| match &known.values[column] {
            Value::Integer(number) => Some(*number as f64),
            Value::Number(number) => Some(*number),
            _ => None,
        };
        let text = |column: &str| match &known.values[column] {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        };
        let by = |sign: &str, order: std::cmp::Ordering| match sign {
            "=" => order.is_eq(),
            "<>" => order.is_ne(),
            "<" => order.is_lt(),
            "<=" => order.is_le(),
            ">" => order.is_gt(),
            _ => order.is_ge(),
        };
        let meets = |shape: &Geometry<f64>| Some(known.geometry.as_ref()?.relate(shape).is_intersects());
        match self {
            Self::And(parts) => {
                let parts: Vec<Option<bool>> = parts.iter().map(|part| part.holds(known)).collect();
                if parts.contains(&Some(false)) { Some(false) } else { (!parts.contains(&None)).then_some(true) }
            }
            Self::Or(parts) => {
                let parts: Vec<Option<bool>> = parts.iter().map(|part| part.holds(known)).collect();
                if parts.contains(&Some(true)) { Some(true) } else { (!parts.contains(&None)).then_some(false) }
            }
            Self::Not(inner) => inner.holds(known).map(|holds| !holds),
            Self::Number(column, sign, wanted) => Some(by(sign, number(column)?.partial_cmp(wanted)?)),
            Self::Text(column, sign, wanted) => Some(by(sign, text(column)?.as_bytes().cmp(wanted.as_bytes()))),
            Self::Folded(column, wanted) => Some(text(column)?.to_lowercase() == wanted.to_lowercase()),
            Self::Like(column, pattern, fold) => {
                let (mut expression, mut letters) = (String::from("(?s)^"), pattern.chars());
                while let Some(letter) = letters.next() {
                    match letter {
                        '%' => expression.push_str(".*"),
                        '_' => expression.push('.'),
                        '\\' => {
                            expression.push_str(&regex::escape(&letters.next().map_or_else(String::new, String::from)));
                        }
                        letter => expression.push_str(&regex::escape(&letter.to_string())),
                    }
                }
                expression.push('$');
                let text = text(column)?;
                let (expression, text) =
                    if *fold { (expression.replace("aed", "(?i:aed)"), text) } else { (expression, text) };
                Some(regex::Regex::new(&expression).expect("a pattern").is_match(text))
            }
            Self::Between(column, low, high) => number(column).map(|own| own >= *low && own <= *high),
            Self::InTexts(column, texts) => text(column).map(|own| texts.iter().any(|text| text == own)),
            Self::InNumbers(column, numbers) => number(column).map(|own| numbers.contains(&own)),
            Self::IsNull(column) => Some(known.values[*column] == Value::Null),
            Self::Columns(left, sign, right) => Some(by(sign, number(left)?.partial_cmp(&number(right)?)?)),
            Self::Day(sign, day) => Some(by(sign, text("設置日")?.cmp(day.as_str()))),
            Self::Box(rect) => meets(&Geometry::Polygon(rect.to_polygon())),
            Self::Triangle(corners) => {
                let [a, b, c] = *corners;
                meets(&polygon![a, b, c, a].into())
            }
        }
    }
}

#[tokio::test]
async fn generated_filters_find_what_their_meaning_by_hand_finds() {
    let site = Site::new();
    let mut dice = Dice::new(4);
    let (mut some, mut none) = (0, 0);
    for turn in 0..400 {
        let filter = Filter::random(&mut dice, 3);
        let text = filter.text(&mut dice);
        let (layer, records) = if turn % 2 == 0 { (POINTS, &site.points) } else { (SHAPES, &site.shapes) };
        let expected = ids_where(records, |known| filter.holds(known) == Some(true));
        let (ids, matched) = site.walk(layer, &[("filter", &text), ("limit", "300")]).await;
        assert_eq!(ids, expected, "{layer}: {text}");
        assert!(matched.iter().all(|n| *n == expected.len() as u64), "{text}");
        if expected.is_empty() { none += 1 } else { some += 1 }
    }
    assert!(some > 200 && none > 10, "{some} filters find something, {none} nothing");
}

#[tokio::test]
async fn spatial_and_temporal_functions_mean_what_the_standard_says() {
    let site = Site::new();
    let count = async |layer: &str, filter: &str| {
        let got = site.items(layer, &[("filter", filter), ("limit", "1")]).await;
        assert_eq!(got.status, http::StatusCode::OK, "{filter}: {}", got.text());
        got.json()["numberMatched"].as_u64().expect("a number")
    };
    let shape = polygon![(x: 138.25, y: 34.8), (x: 138.35, y: 34.8), (x: 138.35, y: 34.9), (x: 138.25, y: 34.9)];
    let shape = Geometry::Polygon(shape);
    let wkt = "POLYGON((138.25 34.8,138.35 34.8,138.35 34.9,138.25 34.9,138.25 34.8))";
    let by_hand = |judge: &dyn Fn(geo::relate::IntersectionMatrix) -> bool| {
        site.shapes.iter().filter_map(|known| known.geometry.as_ref()).filter(|own| judge(own.relate(&shape))).count()
            as u64
    };
    let judges: [(&str, &dyn Fn(geo::relate::IntersectionMatrix) -> bool); 8] = [
        ("S_INTERSECTS", &|matrix| matrix.is_intersects()),
        ("S_DISJOINT", &|matrix| matrix.is_disjoint()),
        ("S_WITHIN", &|matrix| matrix.is_within()),
        ("S_CONTAINS", &|matrix| matrix.is_contains()),
        ("S_TOUCHES", &|matrix| matrix.is_touches()),
        ("S_CROSSES", &|matrix| matrix.is_crosses()),
        ("S_OVERLAPS", &|matrix| matrix.is_overlaps()),
        ("S_EQUALS", &|matrix| matrix.is_equal_topo()),
    ];
    for (function, judge) in judges {
        assert_eq!(count(SHAPES, &format!("{function}(geometry,{wkt})")).await, by_hand(judge), "{function}");
    }
    assert!(by_hand(&|matrix| matrix.is_within()) > 10 && by_hand(&|matrix| matrix.is_overlaps()) > 3);
    // The sides may change places; then what lies inside what does too.
    assert_eq!(count(SHAPES, &format!("S_CONTAINS({wkt},geometry)")).await, by_hand(&|matrix| matrix.is_within()));
    let point = |known: &Known| if let Some(Geometry::Point(at)) = known.geometry { Some(at) } else { None };
    let at = site.points.iter().find_map(point).expect("a point");
    for shape in [
        format!("POINT({} {})", at.x(), at.y()),
        format!("POINT Z ({} {} 5)", at.x(), at.y()),
        format!("MULTIPOINT(({} {}),(0 0))", at.x(), at.y()),
        format!("GEOMETRYCOLLECTION(POINT({} {}))", at.x(), at.y()),
        format!("BBOX({0},{1},{0},{1})", at.x(), at.y()),
        format!("MULTIPOLYGON((({0} {1},{2} {1},{2} {3},{0} {1})))", at.x(), at.y(), at.x() + 1e-7, at.y() + 1e-7),
    ] {
        assert!(count(POINTS, &format!("S_INTERSECTS({shape},geometry)")).await >= 1, "{shape}");
    }
    let over = count(POINTS, "S_INTERSECTS(geometry,BBOX(179,30,-179,40))").await;
    let west = |known: &&Known| matches!(&known.geometry, Some(Geometry::Point(at)) if Point::x(*at).abs() > 179.0);
    assert_eq!(over, site.points.iter().filter(west).count() as u64);

    let days: Vec<&str> = site
        .points
        .iter()
        .filter_map(|known| if let Value::Text(text) = &known.values["設置日"] { Some(text.as_str()) } else { None })
        .collect();
    let by_hand = |judge: &dyn Fn(&str) -> bool| days.iter().filter(|day| judge(day)).count() as u64;
    for (filter, expected) in [
        ("T_BEFORE(設置日, DATE('2024-04-15'))", by_hand(&|day| day < "2024-04-15")),
        ("T_AFTER(設置日, TIMESTAMP('2024-04-15T00:00:00Z'))", by_hand(&|day| day > "2024-04-15")),
        ("T_EQUALS(設置日, DATE('2024-04-15'))", by_hand(&|day| day == "2024-04-15")),
        ("T_INTERSECTS(設置日, INTERVAL('2024-04-01','2024-04-30'))", by_hand(&|day| day.starts_with("2024"))),
        ("T_INTERSECTS(設置日, INTERVAL('2025-12-01','..'))", by_hand(&|day| day == "2025-12-01")),
        ("T_DISJOINT(設置日, INTERVAL('..','2024-12-31'))", by_hand(&|day| day.starts_with("2025"))),
        ("geometry IS NULL", site.points.iter().filter(|known| known.geometry.is_none()).count() as u64),
        ("TRUE", 700),
        ("FALSE OR NOT TRUE", 0),
        ("1 < 2 AND 'a' = 'a'", 700),
        ("5 >= _id", 5),
        ("_id BETWEEN 3 AND 7 AND _id NOT IN (4, 5)", 3),
        ("名称 NOT LIKE '%'", 0),
    ] {
        assert_eq!(count(POINTS, filter).await, expected, "{filter}");
    }
}
