# maps-list
maps-list-title = 地図
maps-list-lead = { $value }枚の地図です。どの地図も、同じ内容を一覧でも読めます。
maps-list-lead-of = { $organization }の{ $total }枚の地図です。どの地図も、同じ内容を一覧でも読めます。
maps-list-all = すべての組織の地図を見る
maps-list-none = 公開している地図はまだありません。
maps-list-json = レイヤーの一覧(JSON)
maps-list-geojson = レイヤーの範囲(GeoJSON)
maps-list-csv = レイヤーの一覧(CSV)
maps-list-kind-count = { $kind }・{ $count }件
geometry-point = 点
geometry-line = 線
geometry-polygon = 面
geometry-mixed = 点・線・面
geometry-any = 図形
