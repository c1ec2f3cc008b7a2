"""Whether neighbouring tiles agree: what lies in the buffers of both is in both, at the same place."""

import shapely
from shapely.geometry import shape

import tile_decoders

EXTENT, BUFFER = 4096, 64
# Cut ends are rounded to whole units in each tile.
APART = 1.0
# What reaches less far than this into the strip may be gone in one of the tiles by that rounding.
DEPTH = 2.0


def shapes(tile, move, strip):
    """What of each feature lies in the strip, moved to the first tile's coordinates: {(layer, id): shape}.

    Those without id (0), which are several joined, count as one.
    """
    found = {}
    for name, layer in tile_decoders.decoded(tile).items():
        # A label stands in one tile only, the one it lies in.
        for feature in [] if name.endswith(".label") else layer["features"]:
            whole = shapely.transform(shape(feature["geometry"]), lambda at: at + move)
            west, south, east, north = whole.bounds
            if west <= strip[2] and east >= strip[0] and south <= strip[3] and north >= strip[1]:
                # The frame is clean by the checker's rules, but GEOS is stricter about rings that touch themselves.
                whole = whole if whole.is_valid else shapely.make_valid(whole)
                found.setdefault((name, feature["id"]), []).append(whole)
    return {key: shapely.union_all(parts) if len(parts) > 1 else parts[0] for key, parts in found.items()}


def shrunk(strip, by):
    return strip[0] + by, strip[1] + by, strip[2] - by, strip[3] - by


def differences(first, second, move, strip, merged=False):
    """Says how two neighbours differ in the strip that both draw; empty where they agree. And how many were compared.

    merged: whether features may stand for others at this zoom.
    """
    told, compared = [], 0
    a, b = shapes(first, (0, 0), strip), shapes(second, move, strip)
    inner = shrunk(strip, DEPTH)
    for key in sorted(set(a) | set(b)):
        cut = [side[key].intersection(shapely.box(*strip)) if key in side else shapely.Point() for side in (a, b)]
        if not any(side.intersects(shapely.box(*inner)) for side in cut):
            continue
        compared += 1
        if any(side.area > 0 for side in cut):
            is_apart = is_area_apart(*cut)
        else:
            is_apart = any(side.is_empty for side in cut) or distance(*cut, inner) > APART + 1e-6
        if is_apart and not (merged and all(is_covered(*sides) for sides in ((cut[0], b), (cut[1], a)))):
            told.append((key, [side.wkt[:300] for side in cut]))
    return told, compared


def is_covered(place, others):
    """Whether others lie wherever this does: where small shapes become one dot, it has the number of any of them."""
    if place.area > 0:
        # An area that ends where the strip begins touches it along a line, which the neighbour need not draw.
        place = shapely.union_all([part for part in shapely.get_parts(place) if part.area > 0])
    return place.difference(shapely.buffer(shapely.union_all(list(others.values())), APART)).is_empty


def is_area_apart(first, second):
    """Whether one covers a place that the other does not, more than a unit wide: rounding opens and closes slits."""
    return not shapely.buffer(shapely.symmetric_difference(first, second), -APART / 2 - 0.01).is_empty


def distance(first, second, inner):
    """How far a place of one is from the other at most; parts that hardly reach into the strip are left out."""
    farthest = 0.0
    for one, other in ((first, second), (second, first)):
        places = shapely.intersection(shapely.points(shapely.get_coordinates(one)), shapely.box(*inner))
        places = places[~shapely.is_empty(places)]
        if len(places):
            farthest = max(farthest, float(shapely.distance(places, other).max()))
    return farthest


def compare(tiles, complete_from):
    """Fails where neighbours differ; gives how many features over an edge were compared."""
    compared = 0
    for (z, x, y), tile in tiles.items():
        for (dx, dy), strip in (
            ((1, 0), (EXTENT - BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)),
            ((0, 1), (-BUFFER, EXTENT - BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)),
        ):
            neighbour = tiles.get((z, x + dx, y + dy))
            if neighbour is None:
                continue
            told, count = differences(tile, neighbour, (dx * EXTENT, dy * EXTENT), strip, z < complete_from)
            assert not told, ((z, x, y), (z, x + dx, y + dy), len(told), told[:2])
            compared += count
    return compared
