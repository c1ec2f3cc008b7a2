# search
search-title = データを探す
search-title-of = 「{ $words }」で見つかったもの
search-json = 見つかったもの(JSON)
search-csv = 見つかったもの(CSV)
search-feed = この結果のお知らせ(フィード)
search-results = 見つかったもの
search-chosen = 選んだ条件
search-remove = をやめる
search-facets = 条件で選ぶ
facet-theme = テーマ
facet-organization = 市や町など
facet-res_format = ファイルの形
facet-tags = タグ
order-score = よく合うものから
order-modified = 新しいものから
order-title = 名前の順
order-used = よく使われるものから
search-heading-results = 結果
search-none = データは見つかりませんでした。
search-refused = 言葉が多すぎて、探せませんでした。言葉を少なくしてください。
search-instead = もしかして:{ " " }
search-fewer = 言葉を少なくする:{ " " }
search-unfiltered = 条件をやめる:{ " " }
search-unfilter = 条件をやめてください。
search-shorter = 言葉を短くするか、ほかの言葉で探してください(例:「避難所」を「避難」にする)。
search-all-or-themes = <a href="/dataset">ぜんぶのデータ</a>か、下のテーマから探せます。
search-all = ぜんぶのデータ
search-total = { $value }件
search-window = のうち { $first }から{ $last }まで
search-order = ならべ方
search-sort = ならべる
search-by-use = この14日間に多く使われたものから、ならべています。数え方は<a href="/stats#definition">ここ</a>に書いてあります。
