# maps-list
maps-list-title = Maps
maps-list-lead = { $value } maps. Each can be read as a list too.
maps-list-lead-of = { $total } maps of { $organization }. Each can be read as a list too.
maps-list-all = See the maps of all organizations
maps-list-none = No map is published yet.
maps-list-json = List of layers (JSON)
maps-list-geojson = Extents of layers (GeoJSON)
maps-list-csv = List of layers (CSV)
maps-list-kind-count = { $kind } · { $count }
geometry-point = points
geometry-line = lines
geometry-polygon = areas
geometry-mixed = points, lines and areas
geometry-any = shapes
