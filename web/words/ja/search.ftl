# search
search-title = データを探す
search-title-of = 「{ $words }」の検索結果
search-json = 検索結果(JSON)
search-csv = 検索結果(CSV)
search-feed = この検索結果の更新
search-results = 検索結果
search-chosen = 絞り込みの条件
search-remove = を外す
search-facets = 絞り込み
facet-theme = テーマ
facet-organization = 組織
facet-res_format = ファイル形式
facet-tags = タグ
order-score = 関連度順
order-modified = 更新日の新しい順
order-title = 名前順
order-used = よく使われている順
search-heading-results = 結果
search-none = 条件に合うデータは見つかりませんでした。
search-refused = 言葉が多すぎるか、あまりに多くのデータに含まれるため、検索できませんでした。言葉を減らしてお試しください。
search-instead = もしかして:{ " " }
search-fewer = 言葉を減らす:{ " " }
search-unfiltered = 絞り込みを外す:{ " " }
search-unfilter = 絞り込みの条件を外してください。
search-shorter = 言葉を短くするか、別の言葉でお試しください(例:「避難所」を「避難」に)。
search-all-or-themes = <a href="/dataset">すべてのデータ</a>または下のテーマから探せます。
search-all = すべてのデータ
search-total = { $value }件
search-window = 中 { $first }〜{ $last }件目
search-order = 並び順
search-sort = 並べ替え
search-by-use = 直近14日間の利用の多い順です(同じときは全期間の利用の多い順)。利用の数え方は<a href="/stats#definition">計数定義</a>に示しています。
