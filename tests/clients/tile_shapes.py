"""Whether the tiles of a layer's greatest zoom, put together, cover what its GeoJSON covers."""

import math

import numpy
import shapely
from shapely.geometry import shape

import tile_decoders

EXTENT = 4096
# Positions are snapped to whole units (0.71 at most), and cut ends once more.
APART = 1.5


def compare(layer):
    """Fails where something is missing or invented; gives how many features were compared."""
    zoom = layer.zooms[1]
    tiles = {(x, y): tile for (z, x, y), tile in layer.archive.tiles.items() if z == zoom}
    # Numbers stay small, and so exact, when they are counted from the layer's own corner.
    corner = numpy.array([min(x for x, _ in tiles), min(y for _, y in tiles)]) * EXTENT
    drawn = put_together(layer.name, tiles, corner)
    for number, feature in layer.placed.items():
        wanted = shapely.transform(shape(feature["geometry"]), lambda at: projected(at, zoom) - corner)
        if wanted.geom_type == "GeometryCollection":
            # Only its first part keeps the id.
            continue
        fault = difference(drawn.get(number), wanted)
        assert not fault, (number, fault)
    return len(layer.placed)


def projected(at, zoom):
    """Longitude and latitude to units of the world at a zoom."""
    side = EXTENT * 2**zoom
    east = (at[:, 0] + 180) / 360
    south = 0.5 - numpy.arcsinh(numpy.tan(numpy.radians(at[:, 1]))) / (2 * math.pi)
    return numpy.stack([east, south], axis=1) * side


def put_together(name, tiles, corner):
    """Each feature from all its tiles, without what lies in their buffers."""
    frame, found = shapely.box(0, 0, EXTENT, EXTENT), {}
    for (x, y), tile in tiles.items():
        move = numpy.array([x, y]) * EXTENT - corner
        for feature in tile_decoders.decoded(tile).get(name, {"features": []})["features"]:
            piece = shape(feature["geometry"])
            if piece.geom_type not in ("Point", "MultiPoint"):
                piece = (piece if piece.is_valid else shapely.make_valid(piece)).intersection(frame)
            if not piece.is_empty:
                found.setdefault(feature["id"], []).append(shapely.transform(piece, lambda at: at + move))
    return {number: shapely.union_all(pieces) for number, pieces in found.items()}


def covered(area):
    """What a polygon covers by the even-odd rule, its parts joined: repairs of faulty rings follow the same."""
    parts = [part if part.is_valid else shapely.make_valid(part) for part in getattr(area, "geoms", [area])]
    return shapely.union_all([piece for part in parts for piece in shapely.get_parts(part) if piece.area > 0])


def difference(drawn, wanted):
    """What is wrong with a feature, or nothing."""
    if drawn is None:
        return "missing"
    if wanted.geom_type.removeprefix("Multi") == "Polygon":
        area = covered(wanted)
        for word, rest in (("missing", area.difference(drawn)), ("invented", drawn.difference(area))):
            # Only what is more than twice that wide stays.
            deep = shapely.buffer(rest, -APART)
            if not deep.is_empty:
                return f"{word}: {deep.area:.0f} of {area.area:.0f} square units, near {deep.representative_point().wkt}"
        return None
    apart = max(farthest(drawn, wanted), farthest(wanted, drawn))
    return f"{apart:.2f} units apart" if apart > APART else None


def farthest(one, other):
    return float(shapely.distance(shapely.points(shapely.get_coordinates(one)), other).max())
