# home
home-themes = テーマから探す
home-figures = 公開している数
home-datasets = データセット
home-organizations = 組織
home-maps = 地図
home-files = ファイル
unit-datasets = 件
unit-organizations = 団体
unit-maps = 枚
unit-files = 個
home-newest = 新着・更新
home-all-datasets = すべてのデータを見る
home-publishers = 公開している組織
home-all-organizations = すべての組織を見る
feed-datasets = データセットの更新
