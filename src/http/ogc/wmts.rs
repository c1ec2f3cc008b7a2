//! Web Map Tile Service 1.0.0 for desktop GIS: the capabilities document, and tiles by template or by key and value.
//!
//! Source: OGC 07-057r7.

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::grid::{self, HALF_WORLD_M};
use crate::count::access::Access;
use crate::http::app::App;
use crate::http::cache::Policy;
use crate::http::problem::Problem;
use crate::http::tiles::body::MEDIA_TYPE;
use crate::http::tiles::{self, tilejson::Named};
use crate::model::tile::TileCoord;

const XML: HeaderValue = HeaderValue::from_static("application/xml; charset=utf-8");

/// Routes of tiles, and of requests by key and value.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/wmts", get(by_key))
        .route("/wmts/1.0.0/{layer}/default/{grid}/{matrix}/{row}/{column}", get(by_template))
}

/// `/wmts/1.0.0/WMTSCapabilities.xml`.
pub async fn capabilities(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let text = written(&app).map_err(|error| Problem::internal("writing capabilities", &error))?;
    let mut response = text.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, XML);
    response.headers_mut().insert(header::CACHE_CONTROL, Policy::Minute.value());
    response.extensions_mut().insert(Access::Other);
    Ok(response)
}

/// Layer, grid, zoom, row and column.
type Parts = (String, String, String, String, String);

async fn by_template(
    State(app): State<Arc<App>>,
    path: super::InPath<Parts>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Path((layer, grid, matrix, row, column)) = path.map_err(|_| Problem::not_found())?;
    let column = column.strip_suffix(".mvt").unwrap_or(&column);
    let coord = TileCoord::parse(&matrix, column, &row).filter(|_| grid == grid::NAME);
    tiles::answer(&app, &layer, coord.ok_or_else(Problem::not_found)?, query.as_deref(), &headers).await
}

/// Keys in any case, values as they are.
fn parameters(query: &str) -> Vec<(String, String)> {
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.map(|(key, value)| (key.to_ascii_lowercase(), value.into_owned())).collect()
}

async fn by_key(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let parameters = parameters(query.as_deref().unwrap_or_default());
    let of = |key: &str| parameters.iter().find(|(own, _)| own == key).map(|(_, value)| value.as_str());
    if !of("service").is_none_or(|service| service.eq_ignore_ascii_case("WMTS")) {
        return Ok(exception("InvalidParameterValue", "service", "SERVICE=WMTS"));
    }
    match of("request").map(str::to_ascii_lowercase).as_deref() {
        Some("getcapabilities") => capabilities(State(app)).await,
        Some("gettile") => {
            let known = app.catalogue();
            let Some(layer) = of("layer") else { return Ok(exception("MissingParameterValue", "layer", "LAYER")) };
            if known.layer(layer).is_none() {
                return Ok(exception("InvalidParameterValue", "layer", "LAYER"));
            }
            if of("tilematrixset") != Some(grid::NAME) {
                return Ok(exception("InvalidParameterValue", "tilematrixset", grid::NAME));
            }
            let part = |key: &str| of(key).unwrap_or_default();
            let coord = TileCoord::parse(part("tilematrix"), part("tilecol"), part("tilerow"));
            let Some(coord) = coord else { return Ok(exception("TileOutOfRange", "tilerow", "TILEMATRIX")) };
            tiles::answer(&app, layer, coord, None, &headers).await
        }
        Some(_) => Ok(exception("OperationNotSupported", "request", "GetCapabilities, GetTile")),
        None => Ok(exception("MissingParameterValue", "request", "REQUEST")),
    }
}

/// An exception report (OGC 06-121r9, §8). `right`: what would be right.
fn exception(code: &str, locator: &str, right: &str) -> Response {
    let text = format!("パラメータ「{locator}」を確かめてください({right}) / check the parameter {locator} ({right})");
    let mut writer = Writer::new(Vec::new());
    let report = (|| {
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        writer
            .create_element("ExceptionReport")
            .with_attributes([("xmlns", "http://www.opengis.net/ows/1.1"), ("version", "1.1.0"), ("xml:lang", "ja")])
            .write_inner_content(|writer| {
                writer
                    .create_element("Exception")
                    .with_attributes([("exceptionCode", code), ("locator", locator)])
                    .write_inner_content(|writer| element(writer, "ExceptionText", &text))
                    .map(|_| ())
            })
            .map(|_| ())
    })();
    if let Err(error) = report {
        return Problem::internal("writing an exception", &error).into_response();
    }
    let mut response = (StatusCode::BAD_REQUEST, writer.into_inner()).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, XML);
    response.extensions_mut().insert(Access::Other);
    response
}

type Xml = Writer<Vec<u8>>;

fn element(writer: &mut Xml, name: &str, text: &str) -> io::Result<()> {
    // What XML cannot hold at all is left out (XML 1.0, §2.2).
    let text: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    writer.create_element(name).write_text_content(BytesText::new(&text)).map(|_| ())
}

fn inside(writer: &mut Xml, name: &str, write: impl FnOnce(&mut Xml) -> io::Result<()>) -> io::Result<()> {
    writer.create_element(name).write_inner_content(write).map(|_| ())
}

fn written(app: &App) -> io::Result<Vec<u8>> {
    let site = app.config.public_url();
    let catalogue = app.catalogue();
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 1);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let root = writer.create_element("Capabilities").with_attributes([
        ("xmlns", "http://www.opengis.net/wmts/1.0"),
        ("xmlns:ows", "http://www.opengis.net/ows/1.1"),
        ("xmlns:xlink", "http://www.w3.org/1999/xlink"),
        ("version", "1.0.0"),
    ]);
    root.write_inner_content(|writer| {
        inside(writer, "ows:ServiceIdentification", |writer| {
            element(writer, "ows:Title", &app.config.site_title)?;
            element(writer, "ows:ServiceType", "OGC WMTS")?;
            element(writer, "ows:ServiceTypeVersion", "1.0.0")
        })?;
        inside(writer, "ows:OperationsMetadata", |writer| {
            for name in ["GetCapabilities", "GetTile"] {
                operation(writer, name, &format!("{site}/wmts?"))?;
            }
            Ok(())
        })?;
        inside(writer, "Contents", |writer| {
            for found in catalogue.layers() {
                layer(writer, &found, &site)?;
            }
            matrix_set(writer)
        })?;
        let own = format!("{site}/wmts/1.0.0/WMTSCapabilities.xml");
        writer.create_element("ServiceMetadataURL").with_attribute(("xlink:href", own.as_str())).write_empty()?;
        Ok(())
    })?;
    Ok(writer.into_inner())
}

fn operation(writer: &mut Xml, name: &str, href: &str) -> io::Result<()> {
    writer
        .create_element("ows:Operation")
        .with_attribute(("name", name))
        .write_inner_content(|writer| {
            inside(writer, "ows:DCP", |writer| {
                inside(writer, "ows:HTTP", |writer| {
                    let get = writer.create_element("ows:Get").with_attribute(("xlink:href", href));
                    get.write_inner_content(|writer| {
                        writer
                            .create_element("ows:Constraint")
                            .with_attribute(("name", "GetEncoding"))
                            .write_inner_content(|writer| {
                                inside(writer, "ows:AllowedValues", |writer| element(writer, "ows:Value", "KVP"))
                            })
                            .map(|_| ())
                    })
                    .map(|_| ())
                })
            })
        })
        .map(|_| ())
}

fn layer(writer: &mut Xml, found: &Named<'_>, site: &str) -> io::Result<()> {
    let (dataset, table, layer) = found;
    inside(writer, "Layer", |writer| {
        element(writer, "ows:Title", &layer.title)?;
        element(writer, "ows:Abstract", if dataset.notes.is_empty() { &dataset.title } else { &dataset.notes })?;
        if let Some(bbox) = table.bbox {
            inside(writer, "ows:WGS84BoundingBox", |writer| {
                element(writer, "ows:LowerCorner", &format!("{} {}", bbox.west_deg, bbox.south_deg))?;
                element(writer, "ows:UpperCorner", &format!("{} {}", bbox.east_deg, bbox.north_deg))
            })?;
        }
        element(writer, "ows:Identifier", layer.name.as_str())?;
        writer
            .create_element("Style")
            .with_attribute(("isDefault", "true"))
            .write_inner_content(|writer| element(writer, "ows:Identifier", "default"))?;
        element(writer, "Format", MEDIA_TYPE)?;
        inside(writer, "TileMatrixSetLink", |writer| {
            element(writer, "TileMatrixSet", grid::NAME)?;
            inside(writer, "TileMatrixSetLimits", |writer| {
                for limits in grid::limits(&[(*dataset, *table, *layer)]) {
                    inside(writer, "TileMatrixLimits", |writer| {
                        element(writer, "TileMatrix", &limits.zoom.to_string())?;
                        element(writer, "MinTileRow", &limits.rows.0.to_string())?;
                        element(writer, "MaxTileRow", &limits.rows.1.to_string())?;
                        element(writer, "MinTileCol", &limits.columns.0.to_string())?;
                        element(writer, "MaxTileCol", &limits.columns.1.to_string())
                    })?;
                }
                Ok(())
            })
        })?;
        let template = format!(
            "{site}/wmts/1.0.0/{}/{{Style}}/{{TileMatrixSet}}/{{TileMatrix}}/{{TileRow}}/{{TileCol}}.mvt",
            layer.name
        );
        writer
            .create_element("ResourceURL")
            .with_attributes([("format", MEDIA_TYPE), ("resourceType", "tile"), ("template", template.as_str())])
            .write_empty()
            .map(|_| ())
    })
}

fn matrix_set(writer: &mut Xml) -> io::Result<()> {
    inside(writer, "TileMatrixSet", |writer| {
        element(writer, "ows:Identifier", grid::NAME)?;
        element(writer, "ows:SupportedCRS", "urn:ogc:def:crs:EPSG::3857")?;
        element(writer, "WellKnownScaleSet", "urn:ogc:def:wkss:OGC:1.0:GoogleMapsCompatible")?;
        for matrix in grid::matrices() {
            inside(writer, "TileMatrix", |writer| {
                element(writer, "ows:Identifier", &matrix.zoom.to_string())?;
                element(writer, "ScaleDenominator", &matrix.scale.to_string())?;
                element(writer, "TopLeftCorner", &format!("{} {HALF_WORLD_M}", -HALF_WORLD_M))?;
                element(writer, "TileWidth", "256")?;
                element(writer, "TileHeight", "256")?;
                element(writer, "MatrixWidth", &matrix.side.to_string())?;
                element(writer, "MatrixHeight", &matrix.side.to_string())
            })?;
        }
        Ok(())
    })
}
