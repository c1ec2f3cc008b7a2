//! `datastore_search_sql`: what it answers, and everything that it must not.

use hiraku::model::catalogue::Format;
use hiraku::store::select::{SelectError, statement};
use http::StatusCode;
use serde_json::{Value as Json, json};

use crate::http_site::{Got, MANY, SHELTERS, Site, site, site_of_rows};

fn open() -> (Site, String) {
    let site = site().with_settings(|config| config.datastore_sql = true);
    let (id, _) = site.file(SHELTERS, Format::Csv);
    (site, id)
}

async fn ask(site: &Site, sql: &str) -> Got {
    let body = json!({ "sql": sql }).to_string();
    site.post("/api/3/action/datastore_search_sql", "application/json", &body).await
}

#[tokio::test]
async fn sql_is_off_by_default_and_says_so() {
    let site = site();
    let (id, _) = site.file(SHELTERS, Format::Csv);
    let got = ask(&site, &format!("SELECT * FROM \"{id}\"")).await;
    assert_eq!(got.status, StatusCode::BAD_REQUEST);
    let text = got.json().as_str().expect("a bare text").to_owned();
    assert!(text.starts_with("Bad request - Action name not known: datastore_search_sql"), "{text}");
    assert!(text.contains("datastore_search をお使いください"), "{text}");
}

#[tokio::test]
async fn a_select_is_answered_in_the_form_of_ckan() {
    let (site, id) = open();
    let rows = async |sql: &str| -> Json {
        let got = ask(&site, &sql.replace("{t}", &format!("\"{id}\""))).await;
        assert_eq!(got.status, StatusCode::OK, "{sql}: {}", got.text());
        let records = got.json()["result"]["records"].clone();
        records
            .as_array()
            .expect("records")
            .iter()
            .map(|row| Json::Array(row.as_object().expect("an object").values().cloned().collect()))
            .collect()
    };
    for (sql, expected) in [
        ("SELECT _id FROM {t} ORDER BY _id", json!([[1], [2], [3]])),
        ("select \"名称\" from {t} where \"収容 人数\" > 100", json!([["焼津市役所"]])),
        ("SELECT count(*) AS n FROM {t}", json!([[3]])),
        ("SELECT count(\"コード\"), count(DISTINCT 面積) FROM {t}", json!([[2, 2]])),
        ("SELECT sum(\"収容 人数\") FROM {t}", json!([[200]])),
        ("SELECT _id FROM {t} WHERE 名称 LIKE '%公園%'", json!([[3]])),
        ("SELECT _id FROM {t} WHERE 名称 LIKE '焼津_役所'", json!([[1]])),
        ("SELECT _id FROM {t} WHERE コード ILIKE '01%' OR コード IS NULL ORDER BY 1 DESC", json!([[3], [1]])),
        ("SELECT _id FROM {t} WHERE _id IN (1, 3) AND NOT _id = 3", json!([[1]])),
        ("SELECT _id FROM {t} WHERE _id BETWEEN 2 AND 3 ORDER BY _id LIMIT 1 OFFSET 1", json!([[3]])),
        ("SELECT a._id, b._id FROM {t} a JOIN {t} b ON a._id = b._id WHERE a._id = 2", json!([[2]])),
        ("SELECT x.n FROM (SELECT 名称 AS n FROM {t} WHERE _id = 2) AS x", json!([["大井川庁舎"]])),
        ("WITH w AS (SELECT _id AS i FROM {t}) SELECT max(i) FROM w", json!([[3]])),
        ("SELECT _id FROM {t} WHERE EXISTS (SELECT 1 FROM {t} b WHERE b._id = 1) ORDER BY _id LIMIT 1", json!([[1]])),
        (
            "SELECT CASE WHEN _id = 1 THEN 'a''b' ELSE 'c' END AS x FROM {t} ORDER BY _id LIMIT 2",
            json!([["a'b"], ["c"]]),
        ),
        ("SELECT _id FROM {t} UNION SELECT _id FROM {t} ORDER BY 1 LIMIT 2", json!([[1], [2]])),
        ("SELECT upper('abc') || lower('DE') AS x", json!([["ABCde"]])),
        ("SELECT CAST('12' AS integer) + 1 AS x, '3'::int AS y", json!([[13, 3]])),
        (
            "SELECT substring('焼津市' from 1 for 2) AS x, length('焼津市') AS y, left('abc', 1) AS z",
            json!([["焼津", 3, "a"]]),
        ),
        ("SELECT EXTRACT(year FROM DATE '2026-11-27') AS x, DATE '2026-11-27' AS d", json!([[2026, "2026-11-27"]])),
        ("SELECT コード, count(*) FROM {t} GROUP BY コード HAVING count(*) > 1", json!([])),
        ("SELECT \"コード\" FROM {t} ORDER BY \"コード\" DESC NULLS LAST LIMIT 1;", json!([["0456"]])),
    ] {
        assert_eq!(rows(sql).await, expected, "{sql}");
    }
    let whole = ask(&site, &format!("SELECT * FROM \"{id}\" LIMIT 1")).await.json()["result"].clone();
    let names: Vec<&str> =
        whole["fields"].as_array().expect("fields").iter().filter_map(|f| f["id"].as_str()).collect();
    assert_eq!(names, ["_id", "名称", "収容 人数", "面積", "コード"], "nothing that is not public");
    assert_eq!(whole["fields"][2]["type"], "int8");
    assert!(whole["sql"].as_str().is_some_and(|sql| sql.starts_with("SELECT *")));
    let by_alias = ask(&site, &format!("SELECT count(*) AS n FROM \"{SHELTERS}\"")).await.json();
    assert_eq!(by_alias["result"]["records"], json!([{ "n": 3 }]));
    let missing = site.get("/api/3/action/datastore_search_sql").await;
    assert_eq!((missing.status, &missing.json()["error"]["sql"]), (StatusCode::CONFLICT, &json!(["Missing value"])));
}

/// Statements that must get nothing; `{t}` is a public table.
const HOSTILE: &[&str] = &[
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM \"/etc/passwd\"",
    "SELECT * FROM \"/etc/passwd\" AS x",
    "SELECT * FROM 'hiraku.duckdb'",
    "SELECT * FROM \"https://example.jp/a.csv\"",
    "SELECT * FROM \"s3://bucket/a.parquet\"",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_csv_auto('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/passwd')",
    "SELECT * FROM read_json('/etc/passwd')",
    "SELECT * FROM read_parquet('a.parquet')",
    "SELECT * FROM parquet_scan('a.parquet')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM sqlite_scan('a.db', 't')",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_tables()",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM pragma_table_info('dataset')",
    "SELECT * FROM pragma_database_list()",
    "SELECT * FROM generate_series(1, 1000000000)",
    "SELECT * FROM range(1000000000)",
    "SELECT * FROM unnest(ARRAY[1,2])",
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('dataset')",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM pg_catalog.pg_class",
    "SELECT * FROM pg_class",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM duckdb_columns",
    "SELECT * FROM dataset",
    "SELECT * FROM main.dataset",
    "SELECT * FROM refused_row",
    "SELECT * FROM records.r_1_0",
    "SELECT * FROM hiraku.main.meta",
    "SELECT * FROM meta",
    "SELECT getenv('HOME')",
    "SELECT current_setting('temp_directory')",
    "SELECT version()",
    "SELECT current_user",
    "SELECT \"current_user\" FROM {t}",
    "SELECT current_database()",
    "SELECT txid_current()",
    "SELECT nextval('x')",
    "SELECT pg_sleep(100)",
    "SELECT lo_import('/etc/passwd')",
    "SELECT repeat('x', 1000000000)",
    "SELECT lpad('x', 1000000000, 'y')",
    "SELECT regexp_replace('aaaa', '(a*)*b', '')",
    "SELECT array_agg(_id) FROM {t}",
    "SELECT string_agg(名称, ',') FROM {t}",
    "SELECT list(_id) FROM {t}",
    "SELECT main.lower('A')",
    "SELECT _found FROM {t}",
    "SELECT _geom FROM {t}",
    "SELECT _row FROM {t}",
    "SELECT _west FROM {t}",
    "SELECT rowid FROM {t}",
    "SELECT * FROM {t} WHERE _found IS NOT NULL",
    "SELECT * FROM {t}; SELECT 1",
    "SELECT * FROM {t}; DROP TABLE dataset",
    "SELECT 1; ATTACH '/tmp/a.db'",
    "ATTACH '/tmp/a.db' AS a",
    "DETACH a",
    "USE a",
    "COPY {t} TO '/tmp/x.csv'",
    "COPY (SELECT 1) TO '/tmp/x.csv'",
    "EXPORT DATABASE '/tmp/x'",
    "IMPORT DATABASE '/tmp/x'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "PRAGMA database_list",
    "SET memory_limit = '1TB'",
    "RESET memory_limit",
    "SET lock_configuration = false",
    "CALL pragma_version()",
    "CHECKPOINT",
    "VACUUM",
    "EXPLAIN SELECT * FROM {t}",
    "EXPLAIN ANALYZE SELECT * FROM {t}",
    "DESCRIBE {t}",
    "SHOW TABLES",
    "SUMMARIZE {t}",
    "PREPARE x AS SELECT 1",
    "EXECUTE x",
    "INSERT INTO dataset VALUES (1)",
    "UPDATE dataset SET name = 'x'",
    "DELETE FROM dataset",
    "DROP TABLE dataset",
    "CREATE TABLE x AS SELECT 1",
    "CREATE VIEW x AS SELECT 1",
    "CREATE MACRO x() AS 1",
    "CREATE SECRET x (TYPE s3)",
    "ALTER TABLE dataset RENAME TO x",
    "TRUNCATE dataset",
    "BEGIN",
    "MERGE INTO dataset USING {t} ON true WHEN MATCHED THEN DELETE",
    "WITH x AS (DELETE FROM dataset RETURNING *) SELECT * FROM x",
    "WITH x AS (INSERT INTO meta VALUES ('a','b') RETURNING *) SELECT * FROM x",
    "WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x) SELECT * FROM x",
    "SELECT * FROM {t} a, {t} b, {t} c",
    "SELECT * FROM {t} a CROSS JOIN {t} b",
    "SELECT * FROM {t} a JOIN {t} b ON true",
    "SELECT * FROM {t} a JOIN {t} b ON a._id = a._id",
    "SELECT * FROM {t} a NATURAL JOIN {t} b",
    "SELECT * FROM {t} a, LATERAL (SELECT * FROM {t}) b",
    "SELECT * FROM {t} TABLESAMPLE 10",
    "SELECT * INTO x FROM {t}",
    "SELECT * FROM {t} FOR UPDATE",
    "SELECT 1 /* a */ FROM {t}",
    "SELECT 1 -- a",
    "SELECT/**/*/**/FROM '/etc/passwd'",
    "SELECT $1",
    "SELECT ?",
    "SELECT E'\\x41'",
    "SELECT $$a$$",
    "SELECT x'41'",
    "SELECT * FROM `dataset`",
    "SELECT * FROM [dataset]",
    "SELECT * FROM \"dataset\"\"; DROP TABLE x; --\"",
    "SELECT \"a\"\" FROM '/etc/passwd'\" FROM {t}",
    "SELECT * FROM U&\"\\0064ataset\"",
    "FROM dataset",
    "FROM {t}",
    "TABLE dataset",
    "VALUES (1)",
    "SELECT * EXCLUDE (_id) FROM {t}",
    "SELECT COLUMNS('.*') FROM {t}",
    "SELECT {t} FROM {t}",
    "SELECT a FROM {t} a",
    "SELECT [1, 2, 3]",
    "SELECT {'a': 1}",
    "SELECT (SELECT * FROM read_text('/etc/passwd'))",
    "SELECT * FROM (SELECT * FROM read_text('/etc/passwd')) x",
    "SELECT * FROM {t} WHERE 名称 IN (SELECT content FROM read_text('/etc/passwd'))",
    "SELECT * FROM {t} ORDER BY (SELECT content FROM read_text('/etc/passwd'))",
    "SELECT * FROM {t} LIMIT (SELECT 1)",
    "SELECT * FROM {t} LIMIT 10 PERCENT",
    "SELECT * FROM {t} LIMIT -1",
    "SELECT row_number() OVER () FROM {t}",
    "SELECT * FROM {t} WHERE 名称 ~ '(a*)*b'",
    "SELECT * FROM {t} WHERE 名称 SIMILAR TO '(a*)*b'",
    "SELECT * FROM {t} WHERE 名称 LIKE '%_%_%_%_%_%_%'",
    "SELECT * FROM {t} WHERE 名称 LIKE 名称",
    "SELECT CAST(1 AS my_type)",
    "SELECT '{}'::json",
    "SELECT 1::regclass",
    "SELECT * FROM {t} GROUP BY ALL",
    "SELECT",
    "",
    " ",
    ";",
    "SELECT * FROM",
    "SELECT (((((((((((((((((((((((((((((((((((((((((((((((((((1)))))))))))))))))))))))))))))))))))))))))))))))))))",
    "SELECT \u{0} FROM {t}",
    "SELECT * FROM \"00000000-0000-0000-0000-000000000000\"",
    "SELECT * FROM with_1",
    "SELECT * FROM \"with 1\"",
    "WITH a AS (SELECT * FROM b), b AS (SELECT 1 AS x) SELECT * FROM a",
    "SELECT 名称 FROM {t} UNION BY NAME SELECT 名称 FROM {t}",
    "SELECT no_such_column FROM {t}",
    "SELECT 1 + 'x' FROM {t} WHERE CAST(名称 AS integer) = 1",
];

#[tokio::test]
async fn hostile_statements_are_refused_and_tell_nothing_from_inside() {
    let (site, id) = open();
    assert!(HOSTILE.len() >= 60);
    let before = site.result("package_list").await;
    for sql in HOSTILE {
        let got = ask(&site, &sql.replace("{t}", &format!("\"{id}\""))).await;
        assert!(
            matches!(got.status, StatusCode::CONFLICT | StatusCode::FORBIDDEN),
            "{sql}: {} {}",
            got.status,
            got.text()
        );
        let error = got.json()["error"].clone();
        assert!(error["__type"].is_string(), "{sql}: {error}");
        for inside in ["records.", "\"r_", "root:", "Candidate", "LINE 1", "duckdb.so", "/src/"] {
            assert!(sql.contains(inside) || !error.to_string().contains(inside), "{sql}: {error}");
        }
    }
    let long = format!("SELECT {}", vec!["1"; 20_000].join("+"));
    let chain = format!("SELECT {}", vec!["1"; 400].join("+"));
    let longer = format!("SELECT {}", vec!["1"; 1_400].join("+"));
    let joined = format!("SELECT {} AS x FROM \"{id}\"", vec!["名称"; 1_200].join("||"));
    assert_eq!(ask(&site, &long).await.status, StatusCode::CONFLICT);
    assert_eq!(ask(&site, &chain).await.status, StatusCode::OK);
    assert_eq!(ask(&site, &longer).await.status, StatusCode::CONFLICT);
    assert_eq!(ask(&site, &joined).await.status, StatusCode::CONFLICT);
    assert_eq!(site.result("package_list").await, before);
}

#[tokio::test]
async fn a_statement_ends_with_its_time() {
    let site = site_of_rows(60_000).with_settings(|config| config.datastore_sql = true);
    let catalogue = site.app.catalogue();
    let table = &catalogue.dataset(MANY).expect("a dataset").tables[0];
    // What the join equates is the same in all rows, so that the rows multiply: 3,600 million.
    let sql = format!("SELECT count(*) FROM \"{MANY}\" a JOIN \"{MANY}\" b ON a.コード = b.コード WHERE a._id < b._id");
    let checked = statement(&sql, &|name| (name == MANY).then_some(table)).expect("a statement");
    let begun = std::time::Instant::now();
    let answer = site.app.store.select(&checked, std::time::Duration::from_millis(300));
    assert!(matches!(answer, Err(SelectError::TimedOut)), "{answer:?}");
    assert!(begun.elapsed() < std::time::Duration::from_secs(5), "{:?}", begun.elapsed());
    // The database goes on answering; an answer holds at most 32,000 rows and says that there are more.
    let got = ask(&site, &format!("SELECT _id FROM \"{MANY}\" ORDER BY _id")).await.json();
    assert_eq!(got["result"]["records_truncated"], true);
    let records = got["result"]["records"].as_array().expect("records").clone();
    assert_eq!((records.len(), &records[31_999]["_id"]), (32_000, &json!(32_000)));
    let few = ask(&site, &format!("SELECT _id FROM \"{MANY}\" LIMIT 5")).await.json();
    assert!(few["result"].get("records_truncated").is_none());
}
