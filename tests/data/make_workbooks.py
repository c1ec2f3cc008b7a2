"""Writes the made workbooks under tests/data/read: Excel 97-2003 with xlwt 1.3.0, OpenDocument with odfpy 1.4.1.

Run in a throw-away environment from the root of the repository; the places in them are invented.
"""

import datetime
import os

import xlwt
from odf import dc, draw, office, style, table, text
from odf.opendocument import OpenDocumentSpreadsheet

NAMES = ["中央公民館", "港コミュニティセンター", "山の手図書館", "みなと公園", "髙砂集会所"]


def xls(path):
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("施設一覧")
    formats = {
        "code": "000000",
        "era": '[$-411]ggge"年"m"月"d"日"',
        "time": "h:mm",
        "elapsed": "[h]:mm",
        "percent": "0.0%",
        "stamp": "yyyy/m/d h:mm",
    }
    formats = {name: xlwt.easyxf(num_format_str=code) for name, code in formats.items()}
    sheet.write_merge(0, 0, 0, 8, "公共施設一覧(令和6年4月1日現在)")
    header = ["番号", "名称", "地区", "開設日", "開館", "閉館", "利用率", "改修", "備考"]
    for column, name in enumerate(header):
        sheet.write(2, column, name)
    sheet.write_merge(3, 5, 2, 2, "港地区")
    sheet.write_merge(6, 7, 2, 2, "山地区")
    for index, name in enumerate(NAMES):
        row = 3 + index
        sheet.write(row, 0, 1203 + index, formats["code"])
        sheet.write(row, 1, name)
        sheet.write(row, 3, datetime.date(1975 + 10 * index, 4, 1), formats["era"])
        sheet.write(row, 4, datetime.time(9, 0), formats["time"])
        sheet.write(row, 5, 1.0 + index / 24, formats["elapsed"])
        sheet.write(row, 6, 0.125 * (index + 1), formats["percent"])
        sheet.write(row, 7, datetime.datetime(2020, 1, 2 + index, 10, 30), formats["stamp"])
    sheet.write(3, 8, True)
    sheet.write(4, 8, xlwt.Formula("A4+1"))
    sheet.write(5, 8, "一階\n二階")
    sheet.write_rich_text(6, 8, [("太字", xlwt.easyfont("bold true")), "と普通"])
    sheet.row(5).hidden = True
    sheet.col(7).hidden = True
    long = book.add_sheet("長い文字列")
    for row in range(40):
        # Narrow and wide strings in turn, together far longer than one record (8,224 bytes).
        long.write(row, 0, ("施設の説明。" if row % 2 else "note ") * 100 + str(row))
        long.write(row, 1, row * 1.5)
    hidden = book.add_sheet("作業用")
    hidden.write(0, 0, "下書き")
    hidden.visibility = 1
    very = book.add_sheet("設定")
    very.write(0, 0, "内部")
    very.visibility = 2
    book.save(path)


def ods(path):
    document = OpenDocumentSpreadsheet()
    styles = {}
    for name, family, properties in [
        ("hiddentable", "table", style.TableProperties(display="false")),
        ("flat", "table-row", style.TableRowProperties(rowheight="0cm")),
    ]:
        styles[name] = style.Style(name=name, family=family)
        styles[name].addElement(properties)
        document.automaticstyles.addElement(styles[name])

    def cell(value=None, kind="string", shown=None, **attributes):
        if kind == "string":
            made = table.TableCell(valuetype="string", **attributes)
        elif kind in ("date", "time", "boolean"):
            made = table.TableCell(valuetype=kind, **{kind + "value": value}, **attributes)
        elif kind == "none":
            return table.TableCell(**attributes)
        else:
            made = table.TableCell(valuetype=kind, value=value, **attributes)
        for line in (shown if shown is not None else str(value)).split("\n"):
            made.addElement(text.P(text=line))
        return made

    sheet = table.Table(name="施設一覧")
    sheet.addElement(table.TableColumn(numbercolumnsrepeated=7))
    sheet.addElement(table.TableColumn(visibility="collapse"))
    row = table.TableRow()
    row.addElement(cell("公共施設一覧(令和6年4月1日現在)", numbercolumnsspanned=8, numberrowsspanned=1))
    row.addElement(table.CoveredTableCell(numbercolumnsrepeated=7))
    sheet.addElement(row)
    sheet.addElement(table.TableRow(numberrowsrepeated=1))
    row = table.TableRow()
    for name in ["番号", "名称", "地区", "開設日", "閉館", "利用率", "費用", "予約"]:
        row.addElement(cell(name))
    sheet.addElement(row)
    for index, name in enumerate(NAMES):
        row = table.TableRow(**({"visibility": "filter"} if index == 2 else {}))
        row.addElement(cell(1203 + index, "float", f"{1203 + index:06}"))
        row.addElement(cell(name))
        if index in (0, 3):
            row.addElement(cell("港地区" if index == 0 else "山地区", numbercolumnsspanned=1, numberrowsspanned=3 if index == 0 else 2))
        else:
            row.addElement(table.CoveredTableCell())
        year = 1975 + 10 * index
        row.addElement(cell(f"{year}-04-01", "date", f"{year}/4/1"))
        row.addElement(cell(f"PT{24 + index}H00M00S", "time", f"{24 + index}:00"))
        row.addElement(cell(0.125 * (index + 1), "percentage", f"{12.5 * (index + 1)}%"))
        row.addElement(cell(1000 * index, "currency", f"¥{1000 * index:,}"))
        row.addElement(cell("true" if index % 2 else "false", "boolean", "TRUE" if index % 2 else "FALSE"))
        sheet.addElement(row)
    row = table.TableRow()
    noted = cell("一階\n二階")
    note = office.Annotation()
    note.addElement(text.P(text="メモ"))
    noted.addElement(note)
    row.addElement(noted)
    row.addElement(cell("2408", "float", "2408", formula="of:=[.A4]+[.A5]"))
    sheet.addElement(row)
    sheet.addElement(table.TableRow(numberrowsrepeated=1048565))
    document.spreadsheet.addElement(sheet)
    hidden = table.Table(name="作業用", stylename=styles["hiddentable"])
    row = table.TableRow()
    row.addElement(cell("下書き"))
    hidden.addElement(row)
    document.spreadsheet.addElement(hidden)
    document.save(path)


for folder, name, make in [("places-xls", "places.xls", xls), ("places-ods", "places.ods", ods)]:
    os.makedirs(f"tests/data/read/{folder}", exist_ok=True)
    make(f"tests/data/read/{folder}/{name}")
