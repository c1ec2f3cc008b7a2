//! Record batches to the files of one release: CSV, GeoJSON, FlatGeobuf, GeoParquet and the tileset.
