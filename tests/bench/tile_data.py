#!/usr/bin/env python3
"""Writes the files that the tile benchmarks read, the same bytes for the same arguments: one GeoJSON feature a line.

usage: tile_data.py buildings COUNT FILE    outlines of 4 and 6 corners in towns of 5,000; the density of a town does
                                            not change with the count, the area does
       tile_data.py detailed COUNT FILE     outlines spread evenly, with an id, a height and an area of their own each
       tile_data.py roads COUNT FILE        lines of 3 to 12 corners, in the square of `detailed`
       tile_data.py points COUNT FILE       places of facilities in the towns of `buildings`
       tile_data.py sites COUNT FILE        places of facilities in the square of `detailed`
       tile_data.py shelters COUNT FILE     points with ten attributes, spread over a prefecture

Names, numbers and addresses are made up; the town (焼津市) is real, the places are not.
"""

import json
import math
import random
import sys

WEST, SOUTH = 138.32, 34.86  # the middle of it all
EAST_PER_M = 1 / (111_320 * math.cos(math.radians(SOUTH)))  # degrees
NORTH_PER_M = 1 / 110_950
SQUARE_M = 44_000  # side of the square in which things are spread evenly

KINDS = ["普通建物", "堅ろう建物", "無壁舎", "普通無壁舎"]
FACILITIES = ["小学校", "中学校", "公民館", "市民センター", "図書館", "体育館", "保育園", "公園"]
CLASSES = ["国道", "県道", "市道", "農道"]
HAZARDS = ["洪水", "崖崩れ、土石流及び地滑り", "高潮", "地震", "津波"]


def towns(chance, count):
    """Middles of towns and how far they reach: as many as `count` things need, on an area that grows with them."""
    spread = math.sqrt(count / 200_000)
    return [
        (
            WEST + chance.gauss(0, 0.03) * spread,
            SOUTH + chance.gauss(0, 0.025) * spread,
            abs(chance.gauss(0, 0.012)) + 0.003,
        )
        for _ in range(max(1, count // 5_000))
    ]


def in_towns(chance, count):
    middles = towns(chance, count)
    for _ in range(count):
        east, north, reach = chance.choice(middles)
        yield east + chance.gauss(0, reach), north + chance.gauss(0, reach)


def in_square(chance, count):
    for _ in range(count):
        east, north = (chance.random() - 0.5) * SQUARE_M, (chance.random() - 0.5) * SQUARE_M
        yield WEST + east * EAST_PER_M, SOUTH + north * NORTH_PER_M


def outline(chance, east, north):
    """A closed ring of 5 to 18 m each way, turned by some angle; three in ten have the form of an L."""
    width, depth, angle = chance.uniform(5, 18), chance.uniform(5, 18), chance.uniform(0, math.pi)
    cos, sin = math.cos(angle), math.sin(angle)
    if chance.random() < 0.3:
        corners = [(0, 0), (width, 0), (width, depth / 2), (width / 2, depth / 2), (width / 2, depth), (0, depth)]
    else:
        corners = [(0, 0), (width, 0), (width, depth), (0, depth)]
    return [
        (east + (x * cos - y * sin) * EAST_PER_M, north + (x * sin + y * cos) * NORTH_PER_M)
        for x, y in [*corners, corners[0]]
    ]


def path(chance, east, north):
    """A line that wanders on by 30 to 120 m a step."""
    heading, places = chance.uniform(0, 2 * math.pi), [(east, north)]
    for _ in range(chance.randint(2, 11)):
        heading, step = heading + chance.gauss(0, 0.3), chance.uniform(30, 120)
        east, north = east + math.cos(heading) * step * EAST_PER_M, north + math.sin(heading) * step * NORTH_PER_M
        places.append((east, north))
    return places


def buildings(chance, count):
    for number, (east, north) in enumerate(in_towns(chance, count)):
        properties = {
            "種別": KINDS[number % 4],
            "階数": chance.randint(1, 5),
            "建築年": chance.randint(1950, 2024),
            "所在": f"本町{chance.randint(1, 9)}丁目",
        }
        yield properties, "Polygon", [outline(chance, east, north)]


def detailed(chance, count):
    for number, (east, north) in enumerate(in_square(chance, count)):
        properties = {
            "建物ID": f"bldg_{chance.getrandbits(128):032x}",
            "種別": KINDS[number % 4],
            "階数": chance.randint(1, 5),
            "建築年": chance.randint(1950, 2024),
            "計測高さ": round(chance.uniform(3, 30), 1),
            "図上面積": round(chance.uniform(20, 400), 4),
            "所在": f"本町{chance.randint(1, 9)}丁目{chance.randint(1, 30)}番",
        }
        yield properties, "Polygon", [outline(chance, east, north)]


def roads(chance, count):
    for number, (east, north) in enumerate(in_square(chance, count)):
        properties = {"路線名": f"本町{number % 997}号線", "等級": CLASSES[number % 4], "幅員": chance.randint(3, 25)}
        yield properties, "LineString", path(chance, east, north)


def facilities(number, chance):
    kind = FACILITIES[number % len(FACILITIES)]
    return {"名称": f"第{number}{kind}", "種別": kind, "定員": chance.randint(1, 500)}


def points(chance, count):
    for number, place in enumerate(in_towns(chance, count)):
        yield facilities(number, chance), "Point", place


def sites(chance, count):
    for number, place in enumerate(in_square(chance, count)):
        yield facilities(number, chance), "Point", place


def shelters(chance, count):
    for number in range(count):
        place = (WEST + (chance.random() - 0.5) * 1.6, SOUTH + (chance.random() - 0.3) * 1.2)
        properties = {
            "番号": number,
            "施設名": f"第{number % 9_973}{FACILITIES[number % 8]}",
            "所在": f"本町{number % 9 + 1}丁目{number % 40 + 1}番{number % 17 + 1}号",
            **{hazard: "1" if chance.random() < 0.4 else "0" for hazard in HAZARDS},
            "収容人数": chance.randint(10, 2_000),
            "海抜": round(chance.uniform(0, 300), 1),
        }
        yield properties, "Point", place


def rounded(coordinates):
    """To seven places, as surveys are published (1 cm)."""
    if isinstance(coordinates[0], float):
        return [round(coordinates[0], 7), round(coordinates[1], 7)]
    return [rounded(part) for part in coordinates]


def main():
    makers = {make.__name__: make for make in (buildings, detailed, roads, points, sites, shelters)}
    match sys.argv[1:]:
        case [kind, count, file] if kind in makers:
            with open(file, "w", encoding="utf-8") as out:
                for properties, geometry, coordinates in makers[kind](random.Random(7), int(count)):
                    feature = {
                        "type": "Feature",
                        "properties": properties,
                        "geometry": {"type": geometry, "coordinates": rounded(coordinates)},
                    }
                    out.write(json.dumps(feature, ensure_ascii=False, separators=(",", ":")) + "\n")
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
