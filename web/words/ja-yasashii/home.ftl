# home
home-themes = テーマから探す
home-figures = 公開している数
home-datasets = データセット(データのまとまり)
home-organizations = 市や町など
home-maps = 地図
home-files = ファイル
unit-datasets = 件
unit-organizations = 団体
unit-maps = 枚
unit-files = 個
home-newest = 新しいデータ
home-all-datasets = データをぜんぶ見る
home-publishers = データを出している市や町など
home-all-organizations = 市や町などをぜんぶ見る
feed-datasets = データのお知らせ(フィード)
