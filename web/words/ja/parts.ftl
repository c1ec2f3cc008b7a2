# parts
search-label = データを検索
search-button = 検索
card-records-named = 該当する項目:{ " " }
list-comma = 、
count-records = { $value }件
count-unit = 件
count-in-brackets = ({ $value }件)
updated = 更新
formats = 形式
badge-map = 地図
pages-of = { $name }のページ
page-previous = 前へ
page-next = 次へ
page-current = 現在のページ{ " " }
page-number = ページ{ " " }
