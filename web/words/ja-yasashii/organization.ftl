# organization
organization-datasets-short = { $value }件
organizations-title = 市や町など
organizations-lead = データを出している{ $value }の市や町などです。
organizations-json = 市や町などのリスト(JSON)
organizations-csv = 市や町などのリスト(CSV)
organization-code = 市や町の番号 { $value }
organization-datasets = データセット { $value }件
organization-maps = 地図 { $value }枚
organization-search = ここのデータを探す
organization-stats = 使われた数を見る
organization-map = 地図を見る
organization-themes = テーマ
organization-heading = データセット(データのまとまり)
organization-none = データはまだありません。
organization-json = この市や町など(JSON)
organization-csv = データのリスト(CSV)
organization-feed = ここのお知らせ(フィード)
