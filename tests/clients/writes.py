"""Writing and harvesting with the real ckanapi.

usage: writes.py BASE_URL DATA_DIRECTORY PROGRAM

ckanapi makes, names and takes away an organization, loads a table by its key, takes rows out of it, keeps titles, makes
and ends tokens; each refusal is the exception its callers know. Then the served catalogue is harvested into a directory
of its own, as a CKAN and as DCAT, and compared.
Prints a line a check and ends with "N passed, N failed".
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import ckanapi

from checks import check, run

BASE, DATA, PROGRAM = sys.argv[1], Path(sys.argv[2]), sys.argv[3]


def command(*words, data=DATA, settings=None, code=(0,)):
    environment = {**os.environ, **(settings or {})}
    done = subprocess.run([PROGRAM, "--json", *words, "--data", str(data)], capture_output=True, env=environment)
    assert done.returncode in code, done
    return json.loads(done.stdout)


def with_token(*words):
    made = command("token", "add", "--name", "writes.py", "--rights", "publish", "--days", "1", *words)
    return made["id"], ckanapi.RemoteCKAN(BASE, apikey=made["token"], user_agent="hiraku-tests/1")


def refuses(kind, call, **arguments):
    try:
        call(**arguments)
    except kind as error:
        return error
    raise AssertionError(f"done: {arguments}")


@check
def ckanapi_loads_a_table_by_its_key():
    token, catalogue = with_token("--organization", "222127")
    act = catalogue.action
    act.package_create(name="222127_writes", title="駐輪場", owner_org="222127", license_id="cc-by-4.0")
    records = [{"番号": n, "名称": f"第{n}駐輪場", "台数": 10 * n} for n in range(1, 6)]
    made = act.datastore_create(
        resource={"package_id": "222127_writes", "name": "駐輪場の一覧"}, primary_key=["番号"], records=records[:3], force=True
    )
    resource = made["resource_id"]
    assert act.resource_show(id=resource)["name"] == "駐輪場の一覧", made
    # As loaders do it: in pieces, some of which came before.
    act.datastore_upsert(resource_id=resource, records=records[1:], method="upsert", force=True)
    act.datastore_upsert(resource_id=resource, records=[{"番号": 5, "台数": 55}], method="update", force=True)
    found = act.datastore_search(resource_id=resource, sort="台数")["records"]
    assert [(own["名称"], own["台数"]) for own in found][-1] == ("第5駐輪場", 55), found
    assert len(found) == 5
    refuses(ckanapi.ValidationError, act.datastore_upsert, resource_id=resource, records=records[:1], method="insert")
    refuses(ckanapi.ValidationError, act.datastore_upsert, resource_id=resource, records=[{"番号": 9}], method="update")
    act.datastore_delete(resource_id=resource, filters={"番号": [1, 2]}, force=True)
    assert act.datastore_search(resource_id=resource)["total"] == 3
    act.datastore_records_delete(resource_id=resource, filters={"番号": 3}, force=True)
    assert act.datastore_search(resource_id=resource)["total"] == 2
    act.resource_patch(id=resource, name="市営駐輪場")
    assert act.resource_show(id=resource)["name"] == "市営駐輪場"
    shown = act.resource_show(id=resource)
    act.resource_update(**{**shown, "name": "駐輪場（市営）"})
    assert act.package_show(id="222127_writes")["resources"][0]["name"] == "駐輪場（市営）"
    act.resource_view_create(resource_id=resource, title="表", view_type="recline_view")
    act.package_delete(id="222127_writes")
    command("token", "revoke", token)


@check
def ckanapi_makes_and_names_an_organization():
    token, catalogue = with_token("--all-organizations")
    other, stranger = with_token("--organization", "222127")
    act = catalogue.action
    refuses(ckanapi.NotAuthorized, stranger.action.organization_create, name="131016")
    refuses(ckanapi.ValidationError, act.organization_create, name="tourism-office")
    made = act.organization_create(name="131016", title="千代田区 オープンデータ")
    assert act.organization_show(id="131016")["id"] == made["id"]
    assert "131016" in ckanapi.RemoteCKAN(BASE).action.organization_list()
    assert act.organization_patch(id=made["id"], title="千代田区役所")["title"] == "千代田区役所"
    act.package_create(name="131016_writes", title="x", owner_org="131016")
    refuses(ckanapi.ValidationError, act.organization_delete, id="131016")
    act.package_owner_org_update(id="131016_writes", organization_id="222127")
    act.organization_delete(id="131016")
    assert "131016" not in ckanapi.RemoteCKAN(BASE).action.organization_list()
    act.package_delete(id="131016_writes")
    for name in (token, other):
        command("token", "revoke", name)


@check
def ckanapi_makes_and_ends_tokens():
    token, catalogue = with_token("--organization", "222127")
    made = catalogue.action.api_token_create(user="x", name="writes.py 2")
    child = ckanapi.RemoteCKAN(BASE, apikey=made["token"], user_agent="hiraku-tests/1")
    listed = catalogue.action.api_token_list(user="x")
    assert [own["name"] for own in listed] == ["writes.py", "writes.py 2"], listed
    refuses(ckanapi.NotAuthorized, child.action.package_create, name="242039_x", title="x", owner_org="242039")
    child.action.package_create(name="222127_token", title="x", owner_org="222127")
    child.action.package_delete(id="222127_token")
    refuses(ckanapi.NotAuthorized, child.action.api_token_revoke, jti=token)
    command("token", "revoke", token)
    refuses(ckanapi.NotAuthorized, child.action.package_create, name="222127_token", title="x", owner_org="222127")


@check
def the_served_catalogue_is_harvested_as_ckan_and_as_dcat():
    host = urlsplit(BASE).netloc
    settings = {
        "HIRAKU_HARVEST_HOSTS": host,
        "HIRAKU_HARVEST_NETWORKS": "127.0.0.0/8",
        "HIRAKU_HARVEST_PAUSE_MS": "0",
    }
    theirs = ckanapi.RemoteCKAN(BASE).action.package_search(fq="organization:242101", rows=1000)["results"]
    assert len(theirs) > 2, len(theirs)
    expected = {own["name"] for own in theirs}
    with tempfile.TemporaryDirectory() as folder:
        for kind, address, filters in [
            ("ckan", BASE, ["--filter", "organization:242101"]),
            ("dcat", f"{BASE}/catalog.ttl?fq=organization%3A242101", []),
        ]:
            data = Path(folder) / kind
            command("harvest", "add", "theirs", address, "--kind", kind, *filters, data=data, settings=settings)
            report = command("harvest", "run", "theirs", "--publish", data=data, settings=settings, code=(0, 1))
            lines = report["runs"][0]["datasets"]
            assert {line["dataset"] for line in lines} == expected, lines
            bad = [line for line in lines if line["became"] not in ("published", "held")]
            assert not bad, bad
            # A second look changes nothing.
            report = command("harvest", "run", "theirs", "--publish", data=data, settings=settings, code=(0, 1))
            assert all(line["became"] in ("unchanged", "held") for line in report["runs"][0]["datasets"]), report


run()
