# fixed
about-can = できること
about-find = <a href="/dataset">データを探し</a>、中身を確かめてからダウンロードできます。
about-map = 位置を持つデータは<a href="/map">地図</a>でも一覧でも見られます。
about-standard = 公開されたファイルの列名や表記を国の標準に合わせ、どの市町村のデータも同じ形で使えるようにしています。直したところと直せなかったところは、データセットごとに「品質」として示しています。
about-api = プログラムからはCKANと同じAPI(<code>/api/3/action/</code>)で利用できます。
about-exact = データの正確さ
about-exact-text = 元のファイルの値は、根拠をもって直せるものだけを直しています。読み取った行の数は、公開した行と公開しなかった行の合計に必ず一致します。
about-counting = アクセス数の数え方
about-counting-text = 外部の解析サービスは使っていません。アドレスや端末の情報は保存せず、数だけを残しています。数え方は<a href="/stats">利用状況</a>のページに示しています。
terms-use = データの利用
terms-use-text = データは、それぞれのページに示したライセンスに従って利用できます。ライセンスはデータセットによって異なります。
terms-credit = 多くのデータは、出典を表示すれば、営利・非営利を問わず複製、加工、配布ができます。出典の書き方は、各データセットの「利用条件と出典」にあります。加工して利用するときは、加工したことを書き添えてください。
terms-prepared = 整えたデータであること
terms-prepared-text = このサイトのファイルは、公開した組織のファイルを読み取り、列名や表記、形式を整えたものです。元のファイルそのものが必要なときは、各データセットの「元のページ」をご覧ください。
terms-liability = 免責
terms-liability-text = データを利用したことで生じた損害について、公開している組織は責任を負いません。データは予告なく変更または公開を終了することがあります。
accessibility-aim = だれもが、どの機器でも使えるように作っています。目標とする規格は、JIS X 8341-3:2016 の適合レベルAA(WCAG 2.2 のレベルAAに対応)です。
accessibility-care = 配慮していること
accessibility-script = どのページも、JavaScriptが動かなくても利用できます。地図は、図と一覧の両方で示します。
accessibility-list = 地図にあるものは、同じ内容を一覧で読めます。ひとつひとつにページがあります。
accessibility-keyboard = キーボードだけで操作でき、今どこを操作しているかが見えます。
accessibility-colour = 色だけで意味を伝えません。形と言葉を添えます。
accessibility-display = 文字の拡大、幅320ピクセルの画面、暗い配色、強制カラー、動きを減らす設定に対応します。
accessibility-checks = 確認の方法
accessibility-checks-text = ページの種類ごとに、axe による自動検査を開発のたびに行っています。自動検査で見つからない問題もあります。試験結果としての適合の宣言は、まだ行っていません。
accessibility-contact = お気づきの点
accessibility-contact-text = 使いにくいところがあれば、このサイトを運営する組織にお知らせください。
help-find = データを探す
help-find-text = <a href="/dataset">データ</a>のページで言葉を入れて検索し、テーマ、組織、ファイル形式、タグで絞り込めます。条件はアドレスに入るので、そのまま保存したり人に送ったりできます。
help-format = どの形式を選ぶか
help-format-csv = 表計算ソフトで開く人に。そのままExcelで開けます。
help-format-geojson = 地図ソフトやウェブ地図で使う人に。
help-format-analysis = 大きなデータを分析する人に。
help-format-pmtiles = 自分のウェブ地図に重ねる人に。
help-map = 地図を使う
help-map-text = 地図を動かすと、隣の一覧も同じ範囲のものに変わります。キーボードでは、地図を選んでから矢印キーで移動、<kbd>+</kbd> と <kbd>-</kbd> で拡大と縮小ができます。位置の名前を選ぶと、くわしい内容のページが開きます。
help-program = プログラムから使う
help-program-text = CKANと同じAPIがあります。例: <code>/api/3/action/package_search?q=避難所</code>。地図のタイルは <code>/tiles.json</code> から一覧できます。
help-news = 更新を知る
help-news-text = 新しいデータや更新を、フィードリーダーで受け取れます。すべてのデータは <a href="/feeds/dataset.atom">Atomフィード</a>、組織やデータセット、検索結果のものは、それぞれのページにあります。タグのものは <code>/feeds/tag/タグ.atom</code> です。
help-harvest = カタログを取り込む
help-harvest-text = カタログ全体を、DCATの語彙で書いたRDFとして受け取れます。<a href="/catalog.ttl">Turtle</a>、<a href="/catalog.rdf">RDF/XML</a>、<a href="/catalog.jsonld">JSON-LD</a>、<a href="/catalog.n3">N3</a>の4つの書き方があり、100件ずつのページに分かれています（<code>page</code>）。<code>q</code> と <code>fq</code> で絞り込み、<code>modified_since</code> で、ある日時から後に更新されたものだけを受け取れます。データセット1件のものは、ページのアドレスに <code>.ttl</code> などを付けたアドレスにあります。<code>profiles</code> に <code>euro_dcat_ap_2</code>、<code>euro_dcat_ap_3</code>、<code>schemaorg</code> を指定すると、それぞれの約束に合わせた書き方になります。
help-standard = 自治体標準オープンデータセット
help-standard-text = 次の様式に沿ったデータには、「自治体標準ODS」と様式の名前のタグが付きます。
help-developers = すべてのAPIは、<a href="/developers">開発者向けの説明</a>にあります。
