# maps-list
maps-list-title = 地図
maps-list-lead = 地図は{ $value }枚あります。どの地図も、リストでも読めます。
maps-list-lead-of = { $organization }の地図は{ $total }枚あります。どの地図も、リストでも読めます。
maps-list-all = ぜんぶの地図を見る
maps-list-none = 地図はまだありません。
maps-list-json = 地図のリスト(JSON)
maps-list-geojson = 地図の場所(GeoJSON)
maps-list-csv = 地図のリスト(CSV)
maps-list-kind-count = { $kind }・{ $count }件
geometry-point = 点
geometry-line = 線
geometry-polygon = 面
geometry-mixed = 点・線・面
geometry-any = 形
