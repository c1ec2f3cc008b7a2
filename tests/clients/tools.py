"""The client of the Model Context Protocol's own project (mcp) against `/mcp` of a served catalogue.

usage: tools.py BASE_URL

It connects by both ways it knows (discovery, and the older handshake), lists the tools, calls each, and holds every
structured answer against the schema that the tool shows. The answers are compared with those of the other APIs.
Prints a line a check and ends with "N passed, N failed".
"""

import asyncio
import json
import sys

import jsonschema
import requests
from mcp import Client

from checks import check, run

BASE = sys.argv[1]
NAMES = ["search_datasets", "describe_dataset", "query_rows", "records_near", "access_figures"]


def action(name, **arguments):
    answer = requests.get(f"{BASE}/api/3/action/{name}", params=arguments, timeout=60).json()
    assert answer["success"], answer
    return answer["result"]


def connected(work, **how):
    async def inside():
        async with Client(f"{BASE}/mcp", **how) as client:
            return await work(client)

    return asyncio.run(inside())


def called(tool, **arguments):
    """The structured answer, which the text repeats; every answer names licence and source."""
    result = connected(lambda client: client.call_tool(tool, arguments))
    assert not result.is_error, result
    source, text = (block.text for block in result.content)
    assert json.loads(text) == result.structured_content
    assert source.startswith("出典 / source: ") or "nothing found" in source, source
    return result.structured_content


@check
def both_ways_of_connecting_show_the_same_tools():
    versions = set()
    for mode in ("auto", "legacy"):

        async def look(client):
            return client.protocol_version, client.server_info, (await client.list_tools()).tools

        version, server, tools = connected(look, mode=mode)
        versions.add(version)
        assert server.name == "hiraku", server
        assert [tool.name for tool in tools] == NAMES, tools
        for tool in tools:
            jsonschema.Draft202012Validator.check_schema(tool.input_schema)
            jsonschema.Draft202012Validator.check_schema(tool.output_schema)
            assert tool.annotations.read_only_hint
    assert len(versions) == 2, versions


@check
def datasets_are_found_described_and_read_row_by_row():
    found = called("search_datasets", q="避難所", limit=5)
    assert found["total"] == action("package_search", q="避難所")["count"] > 0
    for own in found["datasets"]:
        source = own["source"]
        described = called("describe_dataset", dataset=source["dataset"])
        assert described["source"]["licence"]["title"] and requests.get(source["url"], timeout=30).ok
        table = next(table for table in described["tables"] if table["resource"])
        rows = called("query_rows", resource=table["resource"], limit=3)
        by_api = action("datastore_search", resource_id=table["resource"], limit=3)
        assert rows["total"] == by_api["total"] == table["records"]
        assert rows["rows"] == by_api["records"]
        assert [column["name"] for column in rows["columns"]][1:] == [column["name"] for column in table["columns"]]
        name = table["columns"][0]["name"]
        value = rows["rows"][0][name]
        if value is not None:
            same = called("query_rows", resource=table["resource"], filters={name: value})
            assert 1 <= same["total"] <= rows["total"]
            assert all(row[name] == value for row in same["rows"])


@check
def records_near_a_position_are_nearest_first():
    layers = requests.get(f"{BASE}/tiles.json", timeout=30).json()["layers"]
    layer = max((own for own in layers if own["geometry"] == "point"), key=lambda own: own["records"])
    west, south, east, north = layer["bounds"]
    near = called("records_near", layer=layer["id"], lon=(west + east) / 2, lat=(south + north) / 2, radius_m=100_000, limit=10)
    distances = [record["distance_m"] for record in near["records"]]
    assert distances == sorted(distances) and len(distances) == min(10, layer["records"]), distances
    for record in near["records"][:2]:
        assert requests.get(record["page"], timeout=30).ok, record["page"]


@check
def figures_are_told_with_their_definition():
    dataset = action("package_list")[0]
    told = called("access_figures", dataset=dataset)
    assert told["of"]["name"] == dataset and told["statistics"]["periods"] is not None
    assert told["licence"]["id"] and requests.get(told["url"], timeout=30).ok


@check
def mistakes_are_told_in_words():
    for tool, arguments, word in [
        ("query_rows", {"resource": "nowhere"}, "describe_dataset"),
        ("query_rows", {}, "resource"),
        ("search_datasets", {"q": "title:((("}, "expected"),
        ("records_near", {"layer": "nowhere", "lon": 0, "lat": 0}, "layer"),
        ("access_figures", {}, "either"),
    ]:
        result = connected(lambda client, tool=tool, arguments=arguments: client.call_tool(tool, arguments))
        assert result.is_error and word in result.content[0].text, (tool, arguments, result)


@check
def pages_of_other_sites_are_kept_out():
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    accept = {"Accept": "application/json, text/event-stream"}
    for headers, status in [({}, 200), ({"Host": "evil.example"}, 403), ({"Origin": "http://evil.example"}, 403)]:
        answer = requests.post(f"{BASE}/mcp", json=message, headers=accept | headers, timeout=30)
        assert answer.status_code == status, (headers, answer.status_code)


run()
