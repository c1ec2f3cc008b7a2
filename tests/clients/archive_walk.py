"""A walk through a whole PMTiles archive with the pmtiles package: nothing in it may contradict its header."""

import gzip
import math

from pmtiles.reader import MemorySource, Reader
from pmtiles.tile import Compression, TileType, deserialize_directory, deserialize_header, tileid_to_zxy

# Header and root directory have to lie in the first 16 KiB of the file (PMTiles v3).
ROOT_END = 16_384


class Archive:
    """An archive and its tiles, unpacked, by (z, x, y)."""

    def __init__(self, content):
        self.content = content
        self.header = deserialize_header(content[:127])
        self.metadata = Reader(MemorySource(content)).metadata()
        self.entries = list(self._entries(self.header["root_offset"], self.header["root_length"]))
        self.tiles = {}
        for entry in self.entries:
            body = gzip.decompress(self.body(entry))
            for number in range(entry.tile_id, entry.tile_id + entry.run_length):
                self.tiles[tileid_to_zxy(number)] = body

    def body(self, entry):
        begin = self.header["tile_data_offset"] + entry.offset
        return self.content[begin : begin + entry.length]

    def _entries(self, offset, length):
        for entry in deserialize_directory(self.content[offset : offset + length]):
            if entry.run_length == 0:
                yield from self._entries(self.header["leaf_directory_offset"] + entry.offset, entry.length)
            else:
                yield entry

    def walk(self, name):
        """Fails where the archive is not what the specification or its own header says."""
        header, size = self.header, len(self.content)
        assert self.content[:8] == b"PMTiles\x03", name
        assert header["tile_type"] == TileType.MVT, name
        assert header["tile_compression"] == header["internal_compression"] == Compression.GZIP, name
        assert header["clustered"] is True or header["clustered"] == 1, name
        assert header["root_offset"] == 127 and header["root_offset"] + header["root_length"] <= ROOT_END, name
        parts = sorted(
            (header[f"{part}_offset"], header[f"{part}_length"])
            for part in ("root", "metadata", "leaf_directory", "tile_data")
            if header[f"{part}_length"] > 0
        )
        for (begin, length), (following, _) in zip(parts, parts[1:]):
            assert begin + length <= following, (name, "parts lie over each other", parts)
        assert parts[-1][0] + parts[-1][1] == size, (name, "bytes that belong to nothing", parts, size)

        following, written, seen = 0, 0, {}
        for entry in self.entries:
            assert entry.tile_id >= following, (name, "order of the directory", entry)
            following = entry.tile_id + entry.run_length
            assert 0 < entry.length and entry.offset + entry.length <= header["tile_data_length"], (name, entry)
            if entry.offset in seen:
                assert seen[entry.offset] == entry.length, (name, "one place, two lengths", entry)
            else:
                # Clustered: tiles lie in the order of their numbers, what was not there yet behind everything else.
                assert entry.offset == written, (name, "not clustered", entry, written)
                written += entry.length
                seen[entry.offset] = entry.length
        assert written == header["tile_data_length"], (name, "tile data that no entry names", written)
        bodies = {self.body(entry) for entry in self.entries}
        assert len(bodies) == len(seen), (name, "equal tiles are stored twice", len(bodies), len(seen))
        for before, after in zip(self.entries, self.entries[1:]):
            adjoining = before.tile_id + before.run_length == after.tile_id
            assert not (adjoining and before.offset == after.offset), (name, "a run is broken", before, after)

        assert header["addressed_tiles_count"] == len(self.tiles), name
        assert header["tile_entries_count"] == len(self.entries), name
        assert header["tile_contents_count"] == len(seen), name
        zooms = [z for z, _, _ in self.tiles]
        assert (min(zooms), max(zooms)) == (header["min_zoom"], header["max_zoom"]), name
        assert header["min_zoom"] <= header["center_zoom"] <= header["max_zoom"], name
        assert header["min_lon_e7"] <= header["center_lon_e7"] <= header["max_lon_e7"], name
        assert header["min_lat_e7"] <= header["center_lat_e7"] <= header["max_lat_e7"], name
        self._inside_bounds(name)

    def _inside_bounds(self, name):
        """No tile lies farther outside the box of the header than its buffer reaches."""
        box = [self.header[f"{edge}_e7"] / 1e7 for edge in ("min_lon", "max_lat", "max_lon", "min_lat")]
        for z, x, y in self.tiles:
            west, north = place(box[0], box[1], z)
            east, south = place(box[2], box[3], z)
            reach = 1 / 16
            inside = west - 1 - reach <= x <= east + reach and north - 1 - reach <= y <= south + reach
            assert inside, (name, "a tile outside the bounds", (z, x, y), (west, north, east, south))


def place(longitude, latitude, zoom):
    """Column and row as fractions."""
    side = 2**zoom
    return (
        (longitude + 180) / 360 * side,
        (1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2 * side,
    )
