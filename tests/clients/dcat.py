"""Outside readers of linked data and feeds against a served catalogue.

usage: dcat.py BASE_URL

rdflib reads every syntax and finds one graph; pyshacl holds every page of the catalogue and every dataset against the
shapes of DCAT-AP 2.1.1 and 3.0.0 (tests/data/dcat-shapes); feedparser reads the feeds to their ends.
Prints a line a check and ends with "N passed, N failed".
"""

import json
import re
import sys
import xml.etree.ElementTree
from pathlib import Path

import feedparser
import pyshacl
import rdflib
import requests
from rdflib import DCAT, DCTERMS, FOAF, RDF, URIRef
from rdflib.compare import isomorphic

from checks import check, run

BASE = sys.argv[1]
SHAPES = Path(__file__).parents[1] / "data" / "dcat-shapes"
AP2, AP3 = SHAPES / "dcat-ap_2.1.1_shacl_shapes.ttl", SHAPES / "dcat-ap_3_shacl_shapes.ttl"
HYDRA = rdflib.Namespace("http://www.w3.org/ns/hydra/core#")
SYNTAXES = {"ttl": "turtle", "rdf": "xml", "xml": "xml", "jsonld": "json-ld", "n3": "n3"}


def get(path, **headers):
    answer = requests.get(path if path.startswith("http") else BASE + path, headers=headers, timeout=120)
    assert answer.status_code == 200, (path, answer.status_code, answer.text[:200])
    return answer


def graph(path, syntax="turtle"):
    return rdflib.Graph().parse(data=get(path).content, format=syntax)


def names():
    return get("/api/3/action/package_list").json()["result"]


_shapes = {}


def violations(data, shapes):
    """What a graph violates, with the shapes read once."""
    if shapes not in _shapes:
        _shapes[shapes] = rdflib.Graph().parse(shapes)
    conforms, _, text = pyshacl.validate(data, shacl_graph=_shapes[shapes], allow_warnings=False, inference="none")
    return "" if conforms else text


def pages():
    """Every page of the catalogue, by hydra:next."""
    address, found = f"{BASE}/catalog.ttl", []
    while address:
        page = graph(address)
        found.append(page)
        following = set(page.objects(None, HYDRA.next))
        assert len(following) <= 1, following
        address = str(following.pop()) if following else None
    return found


@check
def every_page_of_the_catalogue_fits_both_application_profiles():
    found = pages()
    datasets = [d for page in found for d in page.objects(None, DCAT.dataset)]
    assert len(found) >= 2 and len(datasets) == len(set(datasets)) == len(names())
    for page in found:
        (total,) = page.objects(None, HYDRA.totalItems)
        assert total.toPython() == len(datasets)
        for shapes in (AP2, AP3):
            assert not violations(page, shapes), violations(page, shapes)[:2000]
        for subject, predicate, term in page:
            assert isinstance(subject, URIRef), subject
            for iri in (subject, predicate, term):
                if isinstance(iri, URIRef):
                    assert not re.search(r'[\s<>"{}|\\^`]', iri) and iri.isascii(), iri
                    assert re.match(r"https?://", iri), iri


@check
def the_whole_catalogue_fits_the_profile_that_is_named():
    for profiles, shapes in [("euro_dcat_ap_2", AP2), ("euro_dcat_ap_3", AP3)]:
        page = graph(f"/catalog.ttl?profiles={profiles}")
        assert not violations(page, shapes), violations(page, shapes)[:2000]
        files = set(page.subjects(RDF.type, DCAT.Distribution))
        sizes = {file for file in files for _ in page.objects(file, DCAT.byteSize)}
        sums = {file for file in files for _ in page.objects(file, rdflib.URIRef("http://spdx.org/rdf/terms#checksum"))}
        # What is made whenever it is asked for has neither.
        made = {file for file in files for url in page.objects(file, DCAT.downloadURL) if "/stats/daily.csv" in str(url)}
        assert files - made and files - made == sizes == sums, (len(files), len(made), len(sizes), len(sums))


@check
def the_shapes_do_find_what_is_wrong():
    page = graph(f"/dataset/{names()[0]}.ttl")
    (dataset,) = page.subjects(RDF.type, DCAT.Dataset)
    page.remove((dataset, DCTERMS.title, None))
    page.remove((None, RDF.type, FOAF.Agent))
    assert "title" in violations(page, AP2) and "publisher" in violations(page, AP3)


@check
def every_dataset_fits_both_application_profiles():
    for name in names():
        one = graph(f"/dataset/{name}.ttl")
        assert len(set(one.subjects(RDF.type, DCAT.Dataset))) == 1, name
        for shapes in (AP2, AP3):
            assert not violations(one, shapes), (name, violations(one, shapes)[:2000])


@check
def all_syntaxes_say_the_same():
    listed = names()
    for path in [f"/dataset/{name}" for name in listed[:: max(1, len(listed) // 25)]]:
        first, *others = [graph(f"{path}.{ending}", syntax) for ending, syntax in SYNTAXES.items()]
        assert len(first) > 60 and all(isomorphic(first, other) for other in others), path
    # The page of a catalogue names itself: its own addresses aside, all are one graph.
    graphs = []
    for ending, syntax in SYNTAXES.items():
        page = graph(f"/catalog.{ending}?page=2", syntax)
        for own in set(page.subjects(RDF.type, HYDRA.PagedCollection)):
            page.remove((own, None, None))
        graphs.append(page)
    assert all(set(graphs[0]) == set(other) for other in graphs[1:])


@check
def schema_org_is_a_graph_too():
    for name in names()[:5]:
        first, *others = [graph(f"/dataset/{name}.{e}?profiles=schemaorg", s) for e, s in SYNTAXES.items()]
        assert all(set(first) == set(other) for other in others), name
        assert (None, RDF.type, URIRef("http://schema.org/Dataset")) in first


@check
def nodes_answer():
    page = graph("/catalog.ttl?q=AED")
    dataset = next(page.subjects(RDF.type, DCAT.Dataset))
    assert "text/html" in get(str(dataset)).headers["content-type"]
    told = rdflib.Graph().parse(data=get(str(dataset), Accept="text/turtle").content, format="turtle")
    assert (dataset, RDF.type, DCAT.Dataset) in told
    for file in told.objects(dataset, DCAT.distribution):
        (address,) = told.objects(file, DCAT.downloadURL)
        assert requests.head(str(address), timeout=30).status_code == 200, address
        assert get(str(file)).url.startswith(BASE), file
    for publisher in told.objects(dataset, DCTERMS.publisher):
        assert "text/html" in get(str(publisher)).headers["content-type"]


@check
def pages_hold_structured_data_that_is_json():
    block = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.S)
    for path, kind in [("/", "DataCatalog"), *((f"/dataset/{name}", "Dataset") for name in names()[:40])]:
        (text,) = block.findall(get(path).text)
        document = json.loads(text)
        assert document["@type"] == kind and document["name"] and len(document["description"]) >= 20, path
        if kind == "Dataset":
            assert 50 <= len(document["description"]) <= 5000, path
            assert all(file["contentUrl"].startswith(BASE) for file in document["distribution"]), path


@check
def a_reader_follows_every_feed_to_its_end():
    organization = get("/api/3/action/organization_list").json()["result"][0]
    tag = get("/api/3/action/tag_list").json()["result"][0]
    for path in [
        "/feeds/dataset.atom",
        f"/feeds/organization/{organization}.atom",
        f"/feeds/tag/{requests.utils.quote(tag)}.atom",
        "/feeds/custom.atom?q=避難",
        f"/feeds/dataset/{names()[0]}.atom",
    ]:
        address, seen = BASE + path, []
        while address:
            feed = feedparser.parse(get(address).content)
            assert not feed.bozo, (address, feed.get("bozo_exception"))
            assert feed.version == "atom10" and feed.feed.id and feed.feed.title and feed.feed.updated_parsed, address
            links = {link.rel: link.href for link in feed.feed.links}
            for entry in feed.entries:
                assert entry.id and entry.title and entry.updated_parsed and entry.author and entry.link, entry
                assert entry.enclosures, entry.id
            seen += [entry.id for entry in feed.entries]
            address = links.get("next")
        assert seen and len(seen) == len(set(seen)), path
        if path == "/feeds/dataset.atom":
            # All but the daily figures, which are renewed every day and are no news.
            assert len(seen) == len(names()) - 1


@check
def the_sitemap_lists_pages_that_are_there():
    robots = get("/robots.txt").text
    (address,) = re.findall(r"^Sitemap: (\S+)$", robots, re.M)
    tree = xml.etree.ElementTree.fromstring(get(address).content)
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    assert tree.tag == f"{space}urlset"
    addresses = [url.findtext(f"{space}loc") for url in tree]
    assert len(addresses) == len(set(addresses)) > 300
    for page in addresses[:: max(1, len(addresses) // 60)]:
        assert "text/html" in get(page).headers["content-type"], page


@check
def standard_datasets_carry_the_tags_that_harvesters_know():
    found = get("/api/3/action/package_search?fq=tags:自治体標準ODS&rows=1000").json()["result"]["results"]
    assert found
    for package in found:
        tags = {tag["name"] for tag in package["tags"]}
        assert all(re.fullmatch(r"[\w \-.]{2,100}", tag) for tag in tags), (package["name"], tags)
    aed = [package for package in found if "AED設置箇所" in {tag["name"] for tag in package["tags"]}]
    assert aed and all("AED" in package["title"] for package in aed)


run()
