# organization
organization-datasets-short = { $value }件
organizations-title = 組織
organizations-lead = データを公開している{ $value }団体です。
organizations-json = 組織の一覧(JSON)
organizations-csv = 組織の一覧(CSV)
organization-code = 全国地方公共団体コード { $value }
organization-datasets = データセット { $value }件
organization-maps = 地図 { $value }枚
organization-search = この組織のデータを検索
organization-stats = この組織の利用状況
organization-map = この組織の地図
organization-themes = テーマ
organization-heading = データセット
organization-none = 公開しているデータセットはまだありません。
organization-json = この組織(JSON)
organization-csv = データセットの一覧(CSV)
organization-feed = この組織の更新
