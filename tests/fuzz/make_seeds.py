"""Writes the made seeds under tests/fuzz/seeds: small files of every format that get deep, and the texts of the fixtures
under tests/data in every encoding and every shape a target takes. Names, places and numbers in them are invented, but for
rows of the fixtures (tests/data/SOURCES.md).

Run from the root of the repository: python3 tests/fuzz/make_seeds.py
"""

import csv
import gzip
import io
import json
import os
import sqlite3
import struct
import tomllib
import zipfile

SEEDS = "tests/fuzz/seeds"
DATA = "tests/data"
MARK = b"\n--8<--\n"


def put(target, name, content):
    os.makedirs(f"{SEEDS}/{target}", exist_ok=True)
    with open(f"{SEEDS}/{target}/{name}", "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())


def fixture(path):
    with open(f"{DATA}/{path}", "rb") as file:
        return file.read()


def packed(files, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name, (2024, 4, 1, 0, 0, 0)), content, method)
    return out.getvalue()


TABLE = """公共施設一覧（令和6年4月1日現在）,,,,,
,,,,,
NO,名称,所在地,緯度,経度,開始日
1,中央公民館,伊勢市岩渕１丁目7-29,34.4875,136.7092,令和5年4月1日
2,"港の, ""広場""
別館",伊勢市二見町茶屋111-1,34°30′27″,136.79,R6.4.1
3,髙砂集会所,－,0,0,45383
"""


def delimited():
    for encoding in ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "euc_jp", "iso2022_jp", "cp932"]:
        text = TABLE.replace("髙", "高") if encoding in ("euc_jp", "iso2022_jp") else TABLE
        text = text.replace("－", "なし") if encoding in ("euc_jp", "iso2022_jp") else text
        put("delimited", encoding, text.replace("\n", "\r\n").encode(encoding))
    put("delimited", "tabs", TABLE.replace(",", "\t"))
    put("delimited", "semicolons", TABLE.replace(",", ";").replace("\n", "\r"))
    put("delimited", "mixed", "名称,住所\nあ,い\n".encode() + "う,え\n".encode("cp932") + b"\xff\x00\x1b$B,\"x\n")
    put("delimited", "aed", fixture("report/222127_aed.csv"))
    put("delimited", "shelters", fixture("normalize/evacuation_space_nanao_172022.csv"))
    put("delimited", "defects", fixture("normalize/defects_made_by_hand_242021.csv"))
    put("delimited", "allotments", fixture("read/allotments-cp932/222127_nouen.csv"))


def normalize():
    """The first byte is the sheet among those with fields; then rows of tab-separated cells in the order of its fields."""
    sheets = []
    for file in sorted(os.listdir("schemas/standard")):
        with open(f"schemas/standard/{file}", "rb") as toml:
            fields = [field["name"] for field in tomllib.load(toml).get("fields", [])]
        if fields:
            sheets.append((file[3:-5], fields))
    slugs = {slug: at for at, (slug, _) in enumerate(sheets)}
    fixtures = {
        "aed": ["aed_yaizu_222127", "aed_takamatsu_372013"],
        "public_toilet": ["toilet_yaizu_222127"],
        "fire_hydrant": ["hydrant_yaizu_222127"],
        "evacuation_space": ["evacuation_space_nanao_172022", "evacuation_space_yaizu_222127"],
        "tourism": ["tourism_yaizu_222127"],
        "public_wireless_lan": ["wifi_yaizu_222127"],
        "preschool": ["preschool_yaizu_222127"],
    }
    for slug, names in fixtures.items():
        fields = sheets[slugs[slug]][1]
        for name in names:
            rows = list(csv.DictReader(io.StringIO(fixture(f"normalize/{name}.csv").decode())))
            lines = ["\t".join((row.get(field) or "").replace("\n", " ") for field in fields) for row in rows]
            put("normalize", name, bytes([slugs[slug]]) + "\n".join(lines).encode())
    # One row of every kind of value in every other sheet.
    kinds = [
        ("コード", "242039"), ("ID", "0000000001"), ("ＩＤ", "1.31E+11"), ("緯度", "34度29分15秒"), ("経度", "136.7092"),
        ("郵便番号", "516-8601"), ("電話", "(0596)23-1111"), ("年月日", "令和元年5月1日"), ("日付", "R6.4.1"), ("時間", "9：00～17：00"),
        ("開始", "終日"), ("終了", "24:00"), ("曜日", "月～金、祝"), ("URL", "https://www.example.jp/a"), ("有無", "○"), ("可否", "不可"),
        ("フラグ", "有"), ("人数", "１，２３４人"), ("数", "約 12.5 台"), ("カナ", "ｶﾝﾀﾞ"), ("住所", "三重県伊勢市岩渕1丁目7番29号"), ("名", "中央会館"),
        ("法人番号", "1000020242039"), ("メール", "a@example.jp"), ("標高", "T.P.+3.2m"),
    ]
    for at, (slug, fields) in enumerate(sheets):
        if slug in fixtures or at % 3:
            continue
        cells = [next((value for word, value in kinds if word in field), "－") for field in fields]
        odd = [next((value for word, value in reversed(kinds) if word in field), "　") for field in fields]
        put("normalize", f"kinds_{slug}", bytes([at]) + ("\t".join(cells) + "\n" + "\t".join(odd)).encode())


SHEET = """<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cols><col min="3" max="3" hidden="1"/></cols><sheetData>
<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>住所</t></is></c><c r="C1" t="str"><f>A1</f><v>開始日</v></c></row>
<row r="2" hidden="1"><c r="A2" t="s"><v>1</v></c><c r="B2" t="b"><v>1</v></c><c r="C2" s="1"><v>45383</v></c></row>
<row r="3"><c r="A3" t="e"><v>#N/A</v></c><c r="B3"><v>1.31E+11</v></c><c r="C3" s="2"><v>0.375</v></c></row>
</sheetData><mergeCells count="1"><mergeCell ref="A4:B5"/></mergeCells><dataValidations/><drawing r:id="rId2"/></worksheet>"""
STRINGS = """<sst><si><t>名称</t></si><si><r><t>中央</t></r><r><t xml:space="preserve">館 </t></r><rPh sb="0" eb="2"><t>チュウオウ</t></rPh></si></sst>"""
STYLES = """<styleSheet><numFmts><numFmt numFmtId="164" formatCode="[$-411]ggge&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/></numFmts>
<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="20"/></cellXfs></styleSheet>"""
WORKBOOK = """<workbook xmlns:r="r"><workbookPr date1904="0"/><sheets><sheet name="表" sheetId="1" r:id="rId1"/></sheets></workbook>"""
COMMENTS = """<comments><authors><author>x</author></authors><commentList><comment ref="A2" authorId="0"><text><t>要確認</t></text></comment></commentList></comments>"""
DRAWING = """<wsDr><twoCellAnchor><from><col>1</col><row>2</row></from><pic/></twoCellAnchor><twoCellAnchor><from><col>1</col><row>2</row></from><graphicFrame><chart/></graphicFrame></twoCellAnchor></wsDr>"""
OF_WORKBOOK = """<Relationships><Relationship Id="rId1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/>
<Relationship Id="rId3" Type="http://x/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="rId4" Type="http://x/styles" Target="styles.xml"/></Relationships>"""


def workbooks():
    put("workbook_parts", "full", MARK.join(part.encode() for part in [SHEET, STRINGS, STYLES, WORKBOOK, COMMENTS, DRAWING]))
    put("workbook_parts", "sheet", SHEET.replace(' t="s"', ""))
    parts = [("xl/workbook.xml", WORKBOOK), ("xl/_rels/workbook.xml.rels", OF_WORKBOOK), ("xl/worksheets/sheet1.xml", SHEET),
             ("xl/sharedStrings.xml", STRINGS), ("xl/styles.xml", STYLES)]
    put("xlsx", "packed", packed(parts))
    put("xlsx", "stored", packed(parts, zipfile.ZIP_STORED))
    put("xlsx", "wireless", fixture("read/wireless-xlsx/public_wireless_lan__data.xlsx"))
    places = fixture("read/places-ods/places.ods")
    put("ods", "places", places)
    with zipfile.ZipFile(io.BytesIO(places)) as archive:
        content = archive.read("content.xml")
    put("ods_content", "places", content)
    put("ods", "stored", packed([("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", content)], zipfile.ZIP_STORED))


KML = """<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Schema id="s"><SimpleField name="a" type="int"/></Schema>
<Folder><name>避難所</name><Placemark><name>港</name><description><![CDATA[<table><tr><td>区分</td><td>公園</td></tr></table>]]></description>
<Point><coordinates>136.7,34.5,3</coordinates></Point></Placemark><Placemark><name>山</name><ExtendedData><Data name="人数"><value>12</value></Data>
<SchemaData schemaUrl="#s"><SimpleData name="a">5</SimpleData></SchemaData></ExtendedData><MultiGeometry><LineString><coordinates>136,34 137,35</coordinates></LineString>
<Polygon><outerBoundaryIs><LinearRing><coordinates>136,34 137,34 137,35 136,34</coordinates></LinearRing></outerBoundaryIs></Polygon></MultiGeometry></Placemark></Folder></Document></kml>"""
GML = """<?xml version="1.0"?><ksj:Dataset xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:ksj="http://nlftp.mlit.go.jp/ksj/schemas/ksj-app" xmlns:xlink="http://www.w3.org/1999/xlink">
<gml:Point gml:id="p1"><gml:pos>34.5 136.7</gml:pos></gml:Point>
<gml:Curve gml:id="c1"><gml:segments><gml:LineStringSegment><gml:posList>34.5 136.7 34.6 136.8 34.6 136.7 34.5 136.7</gml:posList></gml:LineStringSegment></gml:segments></gml:Curve>
<gml:Surface gml:id="s1" srsName="JGD2000 / (B, L)"><gml:patches><gml:PolygonPatch><gml:exterior><gml:Ring><gml:curveMember xlink:href="#c1"/></gml:Ring></gml:exterior></gml:PolygonPatch></gml:patches></gml:Surface>
<ksj:PublicFacility gml:id="f1"><ksj:position xlink:href="#p1"/><ksj:name>港会館</ksj:name><ksj:code codeSpace="x">24203</ksj:code></ksj:PublicFacility>
<ksj:Area gml:id="f2"><ksj:area xlink:href="#s1"/><ksj:name>浸水</ksj:name></ksj:Area></ksj:Dataset>"""
FEATURES = """{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::6668"}},"features":[
{"type":"Feature","id":1,"geometry":{"type":"Point","coordinates":[136.7,34.5]},"properties":{"名称":"港","人数":12,"a":{"b":[1,2]},"c":null}},
{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[136,34],[137,34],[137,35],[136,34]],[[136.5,34.2],[136.6,34.2],[136.6,34.3]]]},"properties":{"名称":"\\u5c71","z":1e400}},
{"type":"Feature","geometry":{"type":"GeometryCollection","geometries":[{"type":"MultiLineString","coordinates":[[[136,34],[137,35]]]},{"type":"MultiPoint","coordinates":[[136,34]]}]},"properties":null}]}"""
TOPOLOGY = """{"type":"Topology","transform":{"scale":[0.001,0.001],"translate":[136,34]},"arcs":[[[0,0],[100,0],[0,100]],[[100,100],[-100,-100]]],
"objects":{"町":{"type":"GeometryCollection","geometries":[{"type":"Polygon","arcs":[[0,1]],"properties":{"N03_007":"24203"}},{"type":"MultiPolygon","arcs":[[[0,-2]]],"id":"x"},{"type":"Point","coordinates":[5,5]}]}}}"""


def texts():
    put("kml", "folders", fixture("read/kml-folders/避難所地図.kml"))
    put("kml", "small", KML)
    put("gml", "small", GML)
    put("gml", "flood", fixture("read/plateau-flood/numazu-shi_52385721_fld_6697_l1_op.gml"))
    put("gml", "zoning", fixture("read/plateau-zoning/kawasaki-shi_533915_urf_6668_yoto_op.gml"))
    put("geojson", "small", FEATURES)
    put("geojson", "sequence", "\n".join("\x1e" + json.dumps(f, ensure_ascii=False) for f in json.loads(FEATURES)["features"]))
    put("geojson", "cp932", FEATURES.encode("cp932"))
    put("geojson", "utf16", FEATURES.encode("utf-16"))
    put("geojson", "topology", TOPOLOGY)
    put("geojson", "shelters", fixture("read/shelters-geojson/evacuation_243418.geojson"))
    put("objects", "records", '{"result":{"fields":[{"id":"a"}],"records":[{"a":1.50,"b":{"c":"x"}},{"a":null,"b":{"d":[1]}}]}}')
    put("objects", "list", '[{"名称":"港","緯度":34.5,"経度":136.7,"tags":["a","b"]},{"名称":"山","緯度":"34度","経度":null}]')
    put("objects", "rows", '[["名称","数"],["港",1],["山",true]]')
    put("objects", "lines", '{"a":1,"b":"x"}\n{"a":2,"c":{"d":1e5}}\n')
    put("objects", "linked", '{"http://x/a#1":{"http://www.w3.org/2000/01/rdf-schema#label":[{"value":"港","type":"literal"}]}}')


FEED = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone,agency_lang\n1,市バス,https://example.jp/,Asia/Tokyo,ja\n",
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\n1,駅前,34.5,136.7,0,\n2,港,34.6,136.8,0,1\n",
    "routes.txt": "route_id,agency_id,route_short_name,route_long_name,route_type\n1,1,北,北線,3\n",
    "trips.txt": "route_id,service_id,trip_id,shape_id\n1,平日,a,s\n",
    "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\na,08:00:00,08:00:00,1,1\na,25:10:00,25:10:00,2,2\n",
    "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n平日,1,1,1,1,1,0,0,20240401,20250331\n",
    "shapes.txt": "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\ns,34.5,136.7,1\ns,34.6,136.8,2\n",
    "feed_info.txt": "feed_publisher_name,feed_publisher_url,feed_lang\n市,https://example.jp/,ja\n",
}


def archives():
    put("transit", "feed", MARK.join(text.encode() for text in FEED.values()))
    put("transit", "cut", MARK.join(text.encode("cp932") for text in list(FEED.values())[:5]))
    put("bundle", "feed", packed(FEED.items()))
    shape = shapefile_of([(136.7, 34.5), (136.8, 34.6)])
    shapes = [(f"調査/点.{ending}", part) for ending, part in zip(["shp", "dbf", "prj", "cpg"], shape)]
    put("shapefile", "points", MARK.join(shape))
    flood = f"{DATA}/read/flood-2005-cut-letters/浸水履歴_平成17年"
    put("shapefile", "areas", MARK.join(open(f"{flood}.{ending}", "rb").read() for ending in ["shp", "dbf", "prj", "cpg"]))
    zoning = f"{DATA}/read/zoning-plane-rectangular/商業地域"
    put("shapefile", "zoning", MARK.join(open(f"{zoning}.{ending}", "rb").read() for ending in ["shp", "dbf", "prj", "cpg"]))
    inner = packed([("a.csv", TABLE.encode("cp932")), ("b.geojson", FEATURES)], zipfile.ZIP_STORED)
    put("bundle", "files", packed([("表.csv", TABLE), *shapes, ("中/内.zip", inner), ("__MACOSX/._a", "x")]))
    put("bundle", "stored", packed([("表.csv", TABLE), *shapes], zipfile.ZIP_STORED))
    put("bundle", "kmz", packed([("doc.kml", KML), ("files/a.png", b"\x89PNG")]))
    put("bundle", "gzip", gzip.compress(TABLE.encode(), mtime=0))


def shapefile_of(points):
    records = b"".join(struct.pack(">ii", at + 1, 10) + struct.pack("<idd", 1, x, y) for at, (x, y) in enumerate(points))
    head = struct.pack(">7i", 9994, 0, 0, 0, 0, 0, (100 + len(records)) // 2) + struct.pack("<ii8d", 1000, 1, *[0.0] * 8)
    fields = b"".join(
        name.encode("cp932").ljust(11, b"\0") + kind + bytes(4) + bytes([width, places]) + bytes(14)
        for name, kind, width, places in [("名称", b"C", 10, 0), ("数", b"N", 8, 2), ("日", b"D", 8, 0), ("有", b"L", 1, 0)]
    )
    rows = b"".join(b" " + "港".encode("cp932").ljust(10) + f"{at + 1.5:8.2f}".encode() + b"20240401T" for at, _ in enumerate(points))
    dbf = struct.pack("<B3BIHH20x", 3, 124, 4, 1, len(points), 33 + len(fields), 28) + fields + b"\r" + rows + b"\x1a"
    prj = b'GEOGCS["GCS_JGD_2011",DATUM["D_JGD_2011",SPHEROID["GRS_1980",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
    return [head + records, dbf, prj, b"SJIS"]


def databases():
    def blob(wkb):
        return b"GP\0\x01" + struct.pack("<i", 4326) + wkb

    point = struct.pack("<BIdd", 1, 1, 136.7, 34.5)
    polygon = struct.pack("<BIII8d", 1, 3, 1, 4, 136, 34, 137, 34, 137, 35, 136, 34)
    base = sqlite3.connect(":memory:")
    base.executescript("""PRAGMA page_size = 512; PRAGMA application_id = 1196444487;
        CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT, srs_id INTEGER PRIMARY KEY, organization TEXT, organization_coordsys_id INTEGER, definition TEXT, description TEXT);
        INSERT INTO gpkg_spatial_ref_sys VALUES ('WGS 84', 4326, 'EPSG', 4326, 'undefined', '');
        CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT, identifier TEXT, srs_id INTEGER);
        CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, geometry_type_name TEXT, srs_id INTEGER, z INTEGER, m INTEGER);
        CREATE TABLE places (fid INTEGER PRIMARY KEY, geom BLOB, 名称 TEXT, 数 REAL, 日 DATE);
        CREATE TABLE notes (id INTEGER PRIMARY KEY, 内容 TEXT);
        INSERT INTO gpkg_contents VALUES ('places', 'features', '', 4326), ('notes', 'attributes', '', NULL);
        INSERT INTO gpkg_geometry_columns VALUES ('places', 'geom', 'GEOMETRY', 4326, 0, 0);
        INSERT INTO notes VALUES (1, '注'), (2, NULL);""")
    rows = [(blob(point), "港", 1.5, "2024-04-01"), (blob(polygon), "山", None, None), (None, "谷", 3, "x")]
    base.executemany("INSERT INTO places (geom, 名称, 数, 日) VALUES (?, ?, ?, ?)", rows)
    base.commit()
    base.execute("VACUUM")
    put("geopackage", "small", base.serialize())


def others():
    zoning = fixture("read/flatgeobuf-zoning/zoning.fgb")
    put("flatgeobuf", "zoning", zoning)
    put("parquet", "types", fixture("read/parquet-types/types.parquet"))
    put("parquet", "native", fixture("read/geoparquet-native/zoning.parquet"))
    put("gazetteer", "towns", "pref,city,town,koaza,lat,lng\n三重県,伊勢市,岩渕一丁目,,34.4875,136.7092\n三重県,伊勢市,岩渕二丁目,,34.488,136.71\n三重県,多気郡明和町,斎宮,東,34.54,136.61\n")
    meshes = "".join(f"{code} {11 + at / 10:9.5f} {-12 - at / 10:9.5f}\n" for at, code in enumerate([53394525, 53394526, 53394535, 53394536, 53394515, 53394516]))
    put("datum_grid", "par", "JGD2000-TokyoDatum Ver.2.1.2\nMeshCode   dB(sec)   dL(sec)\n" + meshes)
    for name, order in [("ntv2_little", "<"), ("ntv2_big", ">")]:
        put("datum_grid", name, ntv2(order))
    put("frames", "all", frames())


def ntv2(order):
    def key(text):
        return text.ljust(8).encode()

    out = b"".join(key(name) + struct.pack(order + "i4x", value) for name, value in [("NUM_OREC", 11), ("NUM_SREC", 11), ("NUM_FILE", 1)])
    out += b"".join(key(name) + key(value) for name, value in [("GS_TYPE", "SECONDS"), ("VERSION", "NTv2.0"), ("SYSTEM_F", "TOKYO"), ("SYSTEM_T", "JGD2000")])
    out += b"".join(key(name) + struct.pack(order + "d", 6377397.0) for name in ["MAJOR_F", "MINOR_F", "MAJOR_T", "MINOR_T"])
    out += b"".join(key(name) + key(value) for name, value in [("SUB_NAME", "JAPAN"), ("PARENT", "NONE"), ("CREATED", ""), ("UPDATED", "")])
    edges = [("S_LAT", 35.0), ("N_LAT", 36.0), ("E_LONG", -140.0), ("W_LONG", -139.0), ("LAT_INC", 1.0), ("LONG_INC", 1.0)]
    out += b"".join(key(name) + struct.pack(order + "d", value * 3600) for name, value in edges)
    out += key("GS_COUNT") + struct.pack(order + "i4x", 4)
    out += b"".join(struct.pack(order + "4f", lat, lon, 0, 0) for lat, lon in [(12, 11), (12, 11.5), (12.5, 11), (12.5, 11.5)])
    return out + b"END     "


def tables_of_other_names():
    """Tables of web pages and XML Spreadsheet 2003, both given out as `.xls`."""
    put("html", "places", fixture("read/web-table-xls/places.xls"))
    rows = "".join(f"<tr><td>{at}<td>会館{at}<td>&#x9AD9;&amp;nbsp<br>町<td>34.5</td></tr>" for at in range(3))
    head = "<thead><tr><th colspan=2>名称<th>所在地<th>緯度</thead>"
    put("html", "loose", f"<!-- x --><TABLE border=1>{head}<tbody>{rows}</TABLE><table><tr><td rowspan=9 colspan=0>a</table>")
    nested = "<table><tr><td>" * 6 + "a<td>b" + "</table>" * 3
    put("html", "nested", f"<html><script>var a='<table>';</script><style>td{{}}</style>{nested}<table>{head}{rows}")
    sheet = f"<meta http-equiv=Content-Type content='text/html; charset=shift_jis'><table>{head}{rows}</table>"
    put("html", "shift_jis", sheet.encode("cp932"))
    put("html", "utf_16", ("\ufeff" + sheet).encode("utf-16-le"))
    put("xml_spreadsheet", "places", fixture("read/xml-spreadsheet-2003/places.xls"))
    name = "urn:schemas-microsoft-com:office:spreadsheet"
    book = f'''<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="{name}" xmlns:ss="{name}"><Styles>
<Style ss:ID="d"><NumberFormat ss:Format="Short Date"/></Style></Styles><Worksheet ss:Name="一覧"><Table>
<Column ss:Hidden="1" ss:Span="1"/><Row><Cell ss:MergeAcross="1"><Data ss:Type="String">名称</Data></Cell><Cell><Data ss:Type="String">日</Data></Cell></Row>
<Row ss:Index="3"><Cell ss:Index="2"><Data ss:Type="Number">1.5</Data><Comment><Data>覚え</Data></Comment></Cell><Cell ss:StyleID="d"><Data ss:Type="DateTime">2024-04-01T00:00:00.000</Data></Cell></Row>
<Row ss:Hidden="1"><Cell ss:MergeDown="2"><Data ss:Type="Boolean">1</Data></Cell><Cell><ss:Data ss:Type="String">a<B>太</B>&#10;b</ss:Data></Cell><Cell ss:Formula="=1/0"><Data ss:Type="Error">#DIV/0!</Data></Cell></Row>
</Table></Worksheet><Worksheet ss:Name="空"/></Workbook>'''
    put("xml_spreadsheet", "types", book)


def frames():
    end = {"rows_read": 2, "records": 1, "refused": 1, "geometry": None, "bbox": None, "finding_counts": [], "columns": []}
    refusal = {"code": "zip-broken", "message_ja": "壊れています。", "message_en": "It is broken."}
    said = [(b"P", 7), (b"B", None), (b"E", end), (b"X", refusal), (b"D", b"")]
    out = b""
    for kind, body in said:
        body = b"ARROW1" if body is None else body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        out += kind + struct.pack("<I", len(body)) + body
    return out


for write in [delimited, normalize, workbooks, texts, archives, databases, tables_of_other_names, others]:
    write()
