//! A feed as Atom writes it.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use crate::http::dcat::{Site, clean, description};
use crate::http::sitemap::seconds;
use crate::model::catalogue::Dataset;

/// The media type of feeds.
pub(super) const MEDIA_TYPE: &str = "application/atom+xml; charset=utf-8";
const NAMESPACE: &str = "http://www.w3.org/2005/Atom";
/// Characters of a summary at most: what a list of entries shows.
const SUMMARY_CHARS: usize = 1_000;

/// A feed without its entries.
#[derive(Debug)]
pub(super) struct Feed {
    /// The same for all its pages.
    pub(super) id: String,
    /// Its title.
    pub(super) title: String,
    /// The page for people that shows the same.
    pub(super) page: String,
    /// Its own address.
    pub(super) own: String,
    /// Its other pages: relation (RFC 5005) and address.
    pub(super) pages: Vec<(&'static str, String)>,
    /// When anything in it was last changed.
    pub(super) updated: jiff::Timestamp,
    /// Who speaks for it.
    pub(super) author: String,
}

/// An entry.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    id: String,
    title: String,
    dataset: &'a Dataset,
    page: String,
}

impl<'a> Entry<'a> {
    /// A dataset: the same entry whenever it is renewed.
    pub(super) fn of(site: &Site, dataset: &'a Dataset) -> Self {
        Self {
            id: site.dataset(dataset).into_string(),
            title: dataset.title.clone(),
            dataset,
            page: site.page(dataset).into_string(),
        }
    }

    /// A release of a dataset: an entry of its own.
    pub(super) fn release(site: &Site, dataset: &'a Dataset) -> Self {
        let number = dataset.release_number;
        Self {
            id: format!("{}#release-{number}", site.dataset(dataset).as_str()),
            title: format!("{}(第{number}版)", dataset.title),
            ..Self::of(site, dataset)
        }
    }
}

type Xml = Writer<Vec<u8>>;

impl Feed {
    /// Writes it with its entries.
    ///
    /// # Errors
    /// Those of the writer; into memory there is none.
    pub(super) fn write(&self, site: &Site, entries: &[Entry<'_>]) -> io::Result<Vec<u8>> {
        let mut xml = Writer::new_with_indent(Vec::new(), b' ', 1);
        xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
        xml.create_element("feed").with_attributes([("xmlns", NAMESPACE), ("xml:lang", "ja")]).write_inner_content(
            |xml| {
                text(xml, "id", &self.id)?;
                text(xml, "title", &self.title)?;
                text(xml, "updated", &seconds(self.updated))?;
                author(xml, &self.author, None)?;
                text(xml, "generator", "hiraku")?;
                link(xml, "self", "application/atom+xml", &self.own)?;
                link(xml, "alternate", "text/html", &self.page)?;
                for (relation, address) in &self.pages {
                    link(xml, relation, "application/atom+xml", address)?;
                }
                entries.iter().try_for_each(|each| entry(xml, site, each))
            },
        )?;
        let mut body = xml.into_inner();
        body.push(b'\n');
        Ok(body)
    }
}

fn entry(xml: &mut Xml, site: &Site, entry: &Entry<'_>) -> io::Result<()> {
    let dataset = entry.dataset;
    let own = site.dataset(dataset).into_string();
    xml.create_element("entry").write_inner_content(|xml| {
        text(xml, "id", &entry.id)?;
        text(xml, "title", &entry.title)?;
        text(xml, "updated", &seconds(dataset.modified))?;
        text(xml, "published", &seconds(dataset.created))?;
        author(xml, &dataset.organization.title, Some(site.organization_page(&dataset.organization).as_str()))?;
        link(xml, "alternate", "text/html", &entry.page)?;
        link(xml, "alternate", "text/turtle", &format!("{own}.ttl"))?;
        let metadata = format!("{}/api/3/action/package_show?id={}", site.url(), dataset.name);
        link(xml, "related", "application/json", &metadata)?;
        for each in &dataset.distributions {
            let media_type = each.format.media_type().split(';').next().unwrap_or_default();
            let length = each.size_bytes().map(|bytes| bytes.to_string());
            xml.create_element("link")
                .with_attributes([("rel", "enclosure"), ("type", media_type)])
                .with_attributes(length.as_deref().map(|length| ("length", length)))
                .with_attributes([("title", clean(&each.title).as_str()), ("href", site.file(dataset, each).as_str())])
                .write_empty()?;
        }
        let summary: String = description(dataset).chars().take(SUMMARY_CHARS).collect();
        text(xml, "summary", &summary)?;
        for tag in &dataset.tags {
            xml.create_element("category").with_attribute(("term", clean(tag).as_str())).write_empty()?;
        }
        if !dataset.licence.title.is_empty() {
            text(xml, "rights", &dataset.licence.title)?;
        }
        Ok(())
    })?;
    Ok(())
}

fn text(xml: &mut Xml, name: &str, content: &str) -> io::Result<()> {
    xml.create_element(name).write_text_content(BytesText::new(&clean(content)))?;
    Ok(())
}

fn author(xml: &mut Xml, name: &str, address: Option<&str>) -> io::Result<()> {
    xml.create_element("author").write_inner_content(|xml| {
        text(xml, "name", name)?;
        address.map_or(Ok(()), |address| text(xml, "uri", address))
    })?;
    Ok(())
}

fn link(xml: &mut Xml, relation: &str, media_type: &str, address: &str) -> io::Result<()> {
    xml.create_element("link")
        .with_attributes([("rel", relation), ("type", media_type), ("href", address)])
        .write_empty()?;
    Ok(())
}
