#!/usr/bin/env python3
"""Writes the large files that the ingest benchmark reads, the same bytes for the same arguments.

usage: generate.py aed ROWS ENCODING FILE         sheet 08 with its 39 columns; 2 % of the rows have a real kind of defect
       generate.py buildings FEATURES FILE        building outlines, one GeoJSON feature a line
       generate.py shelters FEATURES FILE         points of shelters, one GeoJSON feature a line

`aed` writes FILE.truth.json beside the file: how many rows, refused rows and findings of each code are right.
Names, numbers and addresses are made up; the town and its code are real (宇都宮市, whose code has a zero to lose).
"""

import collections
import json
import pathlib
import random
import sys
import tomllib

SCHEMA = pathlib.Path(__file__).parents[2] / "schemas/standard/08_aed.toml"
CODE = "092011"
CORPORATE = "9000020092011"  # replaced below by the number whose check digit is right

TOWNS = ["旭", "石井町", "今泉", "上横田町", "江曽島", "小幡", "川田町", "菊水町", "駒生", "桜", "下栗町", "砂田町", "台新田",
         "鶴田町", "東町", "中岡本町", "錦", "西川田町", "野沢町", "花房", "一の沢", "平松本町", "宝木本町", "御幸町", "屋板町"]
KINDS = ["小学校", "中学校", "公民館", "市民センター", "図書館", "体育館", "保育園", "交番", "郵便局", "薬局", "駅", "公園管理棟"]
KANA = ["ショウガッコウ", "チュウガッコウ", "コウミンカン", "シミンセンター", "トショカン", "タイイクカン", "ホイクエン", "コウバン",
        "ユウビンキョク", "ヤッキョク", "エキ", "コウエンカンリトウ"]
ENGLISH = ["Elementary School", "Junior High School", "Community Hall", "Civic Center", "Library", "Gymnasium", "Nursery",
           "Police Box", "Post Office", "Pharmacy", "Station", "Park Office"]
PLACES = ["1階 正面玄関 風除室", "1階 事務室前", "2階 職員室前廊下", "体育館 入口右側", "受付カウンター横", "1階 エレベーターホール"]
DAYS = ["月火水木金", "月火水木金土日", "月火水木金土", "火水木金土日", "土日"]
HOURS = [("08:30", "17:15"), ("09:00", "21:00"), ("00:00", "24:00"), ("08:00", "18:00"), ("10:00", "19:30")]
REMARKS = ["", "", "", "小児用パッドあり", "屋外の収納箱に設置、夜間も使用可", "休館日は使用できません"]


def corporate(head):
    """A corporate number (法人番号) of twelve digits with its check digit before them."""
    total = sum(int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(head)))
    return f"{9 - total % 9}{head}"


def good(number, random_of):
    """The 39 cells of one right row."""
    town, kind, place = TOWNS[number % 25], number * 7 % 12, PLACES[number % 6]
    chome, house = number // 25 % 8 + 1, f"{number % 40 + 1}番{number % 17 + 1}号"
    opens, closes = HOURS[number % 5]
    east, north = random_of(), random_of()
    name = f"{town}第{number % 997 + 1}{KINDS[kind]}"
    return [
        CODE, f"AED{number:09d}", "栃木県宇都宮市", name, f"ダイ{number % 997 + 1}{KANA[kind]}",
        f"No.{number % 997 + 1} {ENGLISH[kind]}", CODE, f"{number % 300:04d}00{chome}",
        f"栃木県宇都宮市{town}{chome}丁目{house}", "栃木県", "宇都宮市", f"{town}{chome}丁目", house,
        "" if number % 3 else f"{number % 9 + 1}号館", f"{36.45 + north * 0.2:.6f}", f"{139.78 + east * 0.2:.6f}",
        "階数", str(number % 5 + 1), place, f"028-{600 + number % 80}-{number % 10_000:04d}",
        "" if number % 4 else str(1000 + number % 9000), f"aed{number % 500}@city.example.jp",
        "" if number % 4 else f"https://www.city.example.jp/aed/contact/{number % 500}", "", f"320{number % 10_000:04d}",
        CORPORATE, "宇都宮市", DAYS[number % 5], opens, closes, "" if number % 5 else "年末年始を除く",
        "有" if number % 3 else "無", f"https://city.example.jp/aed/{number}", f"https://city.example.jp/i/{number}.jpg", "CC BY 4.0", "", "",
        "" if number % 50 else "外部利用不可", REMARKS[number % 6],
    ]


# Each kind of defect: what it does to the cells, and the findings that are right. Columns are counted from 0.
def put(at, value):
    def change(cells):
        cells[at] = value(cells[at]) if callable(value) else value
    return change


def swapped(cells):
    cells[14], cells[15] = cells[15], cells[14]


def point_lost(cells):
    # Sixty-odd "minutes" rule out degrees, minutes and seconds.
    cells[14], cells[15] = "36" + "6" + cells[14][-5:], cells[15].replace(".", "")


def sexagesimal(cells):
    def text(degrees):
        whole, minutes = int(degrees), int(degrees % 1 * 60)
        return f"{whole}°{minutes}'{(degrees * 60 - whole * 60 - minutes) * 60:.2f}\""
    cells[14], cells[15] = text(float(cells[14])), text(float(cells[15]))


def all_day(cells):
    cells[28], cells[29] = "終日", ""


def wide_digits(text):
    return text.translate(str.maketrans("0123456789-", "０１２３４５６７８９－"))


DEFECTS = [
    ("zero lost", put(0, CODE[1:]), {"code-zero-lost": 1}),
    ("check digit lost", put(6, CODE[:5]), {"code-check-digit-added": 1}),  # 09201 has its zero
    ("exponent", put(1, "1.31E+11"), {"id-exponent": 1}),
    ("swapped", swapped, {"coordinate-swapped": 1}),
    ("point lost", point_lost, {"coordinate-point-lost": 2}),
    ("sexagesimal", sexagesimal, {"coordinate-dms": 2}),
    ("zero island", lambda cells: cells.__setitem__(slice(14, 16), ["0", "0"]), {"coordinate-zero": 1}),
    ("words in a number", put(17, "2※内1個は故障中"), {"number-invalid": 1}),
    ("blank word", put(17, "－"), {"blank-word": 1}),
    ("all day", all_day, {"time-all-day": 1}),
    ("short hour", put(28, "9:00"), {"time-folded": 1}),
    ("flag in other words", put(31, "○"), {"flag-folded": 1}),
    ("wide phone", put(19, wide_digits), {"phone-folded": 1}),
    ("postal hyphen", put(24, lambda text: text[:3] + "-" + text[3:]), {"postal-folded": 1}),
    ("range of days", put(27, "月～金"), {"weekday-folded": 1}),
    ("half-width kana", put(4, "ｼﾐﾝｾﾝﾀｰ"), {"kana-folded": 1}),
    ("blanks around", put(3, lambda text: text + "　"), {"value-trimmed": 1}),
    ("no parts", lambda cells: cells.__setitem__(slice(9, 11), ["", ""]), {"address-split": 1}),
    ("no joined address", put(8, ""), {"address-joined": 1}),
    ("no name", put(3, ""), {"value-missing": 1}),
    ("repeated ID", put(1, "AED000000001"), {"id-duplicate": 1}),
    ("a cell too many", lambda cells: cells.append("余分"), "refused"),
]


def quoted(cell):
    if any(letter in cell for letter in ',"\n'):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def aed(rows, encoding, path):
    global CORPORATE
    CORPORATE = corporate("000020092011")
    chance = random.Random(8)
    header = [field["name"] for field in tomllib.loads(SCHEMA.read_text(encoding="utf-8"))["fields"]]
    assert len(header) == 39
    truth, refused = collections.Counter(), 0
    with open(path, "w", encoding=encoding, newline="") as out:
        out.write(",".join(header) + "\r\n")
        block = []
        for number in range(1, rows + 1):
            cells = good(number, chance.random)
            if number % 100 == 13:
                cells[38] = '収納箱に「AED」と表示、鍵は"管理室"\n窓口で受け取る, 要身分証'
            if chance.random() < 0.02 and number > 1:
                _, change, found = DEFECTS[chance.randrange(len(DEFECTS))]
                change(cells)
                if found == "refused":
                    refused += 1
                else:
                    truth.update(found)
            block.append(",".join(map(quoted, cells)) if number % 100 == 13 else ",".join(cells))
            if len(block) == 10_000:
                out.write("\r\n".join(block) + "\r\n")
                block.clear()
        if block:
            out.write("\r\n".join(block) + "\r\n")
    answer = {"rows": rows, "records": rows - refused, "refused": refused, "findings": dict(sorted(truth.items()))}
    pathlib.Path(path + ".truth.json").write_text(json.dumps(answer, ensure_ascii=False, indent=1), encoding="utf-8")


def buildings(features, path):
    """Outlines of 4 to 14 corners with the attributes of PLATEAU's buildings."""
    chance = random.Random(13)
    with open(path, "w", encoding="utf-8") as out:
        for number in range(1, features + 1):
            west, south = 139.58 + chance.random() * 0.1, 35.59 + chance.random() * 0.09
            width, depth, corners = 8e-5 + chance.random() * 2e-4, 6e-5 + chance.random() * 2e-4, chance.randrange(0, 6)
            ring = [(west, south), (west + width, south)]
            for step in range(corners):
                ring.append((west + width * (1 - step / (corners + 1)), south + depth * (0.6 + 0.05 * step)))
                ring.append((west + width * (1 - (step + 0.5) / (corners + 1)), south + depth * (0.6 + 0.05 * step)))
            ring += [(west, south + depth), (west, south)]
            place = ",".join(f"[{lon:.7f},{lat:.7f}]" for lon, lat in ring)
            height, area = 3 + chance.random() * 20, chance.random() * 300
            out.write(
                f'{{"type":"Feature","properties":{{"建物ID":"13112-bldg-{number}","大字・町コード":"{number % 60}",'
                f'"町・丁目コード":"{number % 8 + 1}","13_区市町村コード_大字・町コード_町・丁目コード":"13112{number % 60:03d}00{number % 8 + 1}",'
                f'"城南地区河川流域洪水浸水想定区域（想定最大規模）>規模":"L2",'
                f'"城南地区河川流域洪水浸水想定区域（想定最大規模）>浸水ランク":"{number % 4 + 1}",'
                f'"城南地区河川流域洪水浸水想定区域（想定最大規模）>浸水深":{number % 300 / 100},'
                f'"measuredHeight":{height:.1f},"buildingRoofEdgeArea":{area:.5f}}},'
                f'"geometry":{{"type":"Polygon","coordinates":[[{place}]]}}}}\n'
            )


def shelters(features, path):
    """Points with the columns of the national list of designated emergency evacuation sites."""
    chance = random.Random(3)
    hazards = ["洪水", "崖崩れ、土石流及び地滑り", "高潮", "地震", "津波", "大規模な火事", "内水氾濫", "火山現象"]
    with open(path, "w", encoding="utf-8") as out:
        for number in range(1, features + 1):
            town, kind = TOWNS[number % 25], KINDS[number % 12]
            flags = ",".join(f'"{name}":"{"1" if chance.random() < 0.4 else ""}"' for name in hazards)
            out.write(
                f'{{"type":"Feature","geometry":{{"type":"Point","coordinates":[{130 + chance.random() * 10:.6f},'
                f'{33 + chance.random() * 8:.6f}]}},"properties":{{"NO":{number},"共通ID":"E{number:013d}",'
                f'"都道府県名及び市町村名":"栃木県宇都宮市","施設・場所名":"{town}第{number % 997}{kind}",'
                f'"住所":"栃木県宇都宮市{town}{number % 9 + 1}丁目{number % 40 + 1}番{number % 17 + 1}号",{flags},'
                f'"指定避難所との住所同一":"1","備考":"","_kind":"emergency","_code":"092011"}}}}\n'
            )


def main():
    match sys.argv[1:]:
        case ["aed", rows, encoding, path]:
            aed(int(rows), encoding, path)
        case ["buildings", features, path]:
            buildings(int(features), path)
        case ["shelters", features, path]:
            shelters(int(features), path)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
