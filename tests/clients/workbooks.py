"""Outside readers on what the program hands to people: openpyxl opens templates and marked workbooks, jsonschema judges
reports.

usage: workbooks.py PROGRAM
Prints a line a check and ends with "N passed, N failed".
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import jsonschema
import openpyxl

from checks import check, run

PROGRAM = sys.argv[1]
ROOT = Path(__file__).resolve().parents[2]
BROKEN = ROOT / "tests/data/report/222127_aed.csv"
REAL = sorted((ROOT / "datasets/222127_yaizu").glob("*/222127_*.csv"))


def hiraku(*arguments, codes=(0, 1)):
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True)
    assert done.returncode in codes, (arguments, done.returncode, done.stderr.decode())
    return done.stdout.decode()


@check
def reports_are_valid_by_their_schema(folder):
    schema = json.loads((ROOT / "schemas/report.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    report = json.loads(hiraku("check", "--json", BROKEN, *REAL[:10], *sorted(ROOT.glob("datasets/240001_*/*"))[:3]))
    assert len(report) > 10
    validator.validate(report)


@check
def every_template_has_validations_protection_comments_and_prompts(folder):
    hiraku("template", "--all", "--to", folder / "templates")
    sheets = {sheet["number"]: sheet for sheet in json.loads(hiraku("schema", "list", "--json"))}
    files = sorted((folder / "templates").glob("*.xlsx"))
    assert len(files) == 22, len(files)
    for path in files:
        fields = sheets[path.name.split("_")[1]]["fields"]
        book = openpyxl.load_workbook(path)
        assert book.sheetnames == ["データ", "記入例", "項目の説明", "使い方"], book.sheetnames
        data = book["データ"]
        assert [cell.value for cell in data[1]] == [field["name"] for field in fields]
        assert data.max_row == 1 and data.freeze_panes == "A2" and data.protection.sheet
        validations = data.data_validations.dataValidation
        assert len(validations) == len(fields)
        assert all(rule.prompt and rule.promptTitle and len(rule.prompt) <= 255 for rule in validations)
        for field, header in zip(fields, data[1]):
            assert header.protection.locked and header.comment and field["name"] in header.comment.text
            mark = field["requirement"]
            assert (mark in header.number_format) if mark in ("◎", "○") else header.number_format
            letter = header.column_letter
            # Neighbours of the same style are one entry of the file.
            style = next(
                kept for kept in data.column_dimensions.values() if kept.min <= header.column <= kept.max
            )
            assert not style.protection.locked, (path.name, letter)
            numeric = field["kind"] in ("integer", "number", "latitude", "longitude")
            assert style.number_format == ("General" if numeric else "@"), (path.name, letter)
            words = [code for code in field["codes"] if code]
            if words and field["kind"] != "weekday" and not field["separator"]:
                rule = next(rule for rule in validations if f"{letter}2" in rule.cells)
                assert rule.type == "list" and rule.formula1 == '"' + ",".join(words) + '"'
        example = book["記入例"]
        assert [cell.value for cell in example[1]] == [field["name"] for field in fields] and example.max_row == 2
        assert book["項目の説明"].max_row == len(fields) + 1
        words = " ".join(str(cell.value) for row in book["使い方"] for cell in row if cell.value)
        assert "デジタル庁" in words and "PDL1.0" in words


@check
def a_marked_workbook_keeps_the_cells_and_comments_the_faulty_ones(folder):
    path = folder / "marked.xlsx"
    hiraku("check", "--workbook", path, BROKEN)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["hiraku検査結果", "hiraku指摘一覧", "データ"]
    data = book["データ"]
    assert data["A2"].value == "222127" and data["A2"].data_type == "s"
    assert data["O2"].value.startswith("=HYPERLINK") and data["O2"].data_type == "s" and data["O2"].quotePrefix
    for cell in ("B5", "B7", "A8", "D2"):
        assert data[cell].comment and "【" in data[cell].comment.text, cell
        assert data[cell].fill.fill_type == "solid", cell
    assert data["C5"].comment is None and data["C5"].fill.fill_type is None
    links = [cell.hyperlink for row in book["hiraku指摘一覧"] for cell in row if cell.hyperlink]
    assert any(link.location == "'データ'!B5" for link in links), links[:5]


with tempfile.TemporaryDirectory() as everything:
    run(lambda: Path(tempfile.mkdtemp(dir=everything)))
