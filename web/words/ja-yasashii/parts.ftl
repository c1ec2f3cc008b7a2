# parts
search-label = データを探す
search-button = 探す
card-records-named = 見つかったもの:{ " " }
list-comma = 、
count-records = { $value }件
count-unit = 件
count-in-brackets = ({ $value }件)
updated = 新しくした日
formats = ファイルの形
badge-map = 地図
pages-of = { $name }のページ
page-previous = 前へ
page-next = 次へ
page-current = 今のページ{ " " }
page-number = ページ{ " " }
