# fixed
about-can = できること
about-find = <a href="/dataset">データを探して</a>、中を見てから、もらうことができます。
about-map = 場所のあるデータは、<a href="/map">地図</a>でもリストでも見られます。
about-standard = 国の決まりに合わせて、どの町のデータも同じ形にしています。直したところは、データごとに書いてあります。
about-api = プログラムからは、CKANと同じAPI(<code>/api/3/action/</code>)が使えます。
about-exact = データの正しさ
about-exact-text = 正しく直せるものだけを直しています。読んだ行の数は、公開した行の数と、公開しなかった行の数を足した数と、いつも同じです。
about-counting = 使われた数の数え方
about-counting-text = ほかの会社のサービスは使っていません。あなたのことは残しません。数だけを残します。数え方は<a href="/stats">使われた数</a>のページに書いてあります。
terms-use = データを使うとき
terms-use-text = データは、それぞれのページに書いてある決まり(ライセンス)を守れば使えます。決まりは、データによってちがいます。
terms-credit = 多くのデータは、だれのデータかを書けば、写したり、変えたり、配ったりできます。書き方は、それぞれのデータのページにあります。変えたときは、変えたことも書いてください。
terms-prepared = 整えたデータです
terms-prepared-text = このサイトのファイルは、市や町のファイルを読んで、形を整えたものです。元のファイルがいるときは、それぞれのデータの「元のページ」を見てください。
terms-liability = 約束できないこと
terms-liability-text = データを使って困ったことがあっても、市や町は責任を持ちません。データは、知らせないで変わったり、なくなったりすることがあります。
accessibility-aim = だれでも、どの機械でも使えるように作っています。目標は、JIS X 8341-3:2016 のレベルAA(WCAG 2.2 のレベルAA)です。
accessibility-care = 気をつけていること
accessibility-script = どのページも、JavaScriptがなくても使えます。地図は、絵とリストの両方で見せます。
accessibility-list = 地図にあるものは、リストでも読めます。1つずつページがあります。
accessibility-keyboard = キーボードだけで使えます。今どこにいるかが見えます。
accessibility-colour = 色だけで知らせません。形と言葉もつけます。
accessibility-display = 文字を大きくしても、小さい画面でも、暗い画面でも使えます。
accessibility-checks = 調べ方
accessibility-checks-text = 作るたびに、機械(axe)で調べています。機械では見つからないこともあります。「決まりに合っている」という宣言は、まだしていません。
accessibility-contact = 気がついたこと
accessibility-contact-text = 使いにくいところがあったら、市役所などに知らせてください。
help-find = データを探す
help-find-text = <a href="/dataset">データ</a>のページで、言葉を入れて探します。テーマや町などで選べます。ページのアドレスを人に送ると、同じものが見られます。
help-format = どのファイルを選ぶか
help-format-csv = Excelで開く人に。
help-format-geojson = 地図のソフトで使う人に。
help-format-analysis = 大きなデータを調べる人に。
help-format-pmtiles = 自分の地図に重ねる人に。
help-map = 地図を使う
help-map-text = 地図を動かすと、となりのリストも変わります。キーボードでは、地図を選んで、矢印キーで動かします。<kbd>+</kbd> と <kbd>-</kbd> で大きさが変わります。名前を選ぶと、くわしいページが開きます。
help-program = プログラムから使う
help-program-text = CKANと同じAPIがあります。例: <code>/api/3/action/package_search?q=避難所</code>。地図のタイルは <code>/tiles.json</code> にあります。
help-news = 新しいデータを知る
help-news-text = 新しいデータのお知らせを、フィードリーダーで受け取れます。ぜんぶのデータは <a href="/feeds/dataset.atom">Atomフィード</a> です。町ごとのものは、それぞれのページにあります。タグのものは <code>/feeds/tag/タグ.atom</code> です。
help-harvest = カタログを取りこむ
help-harvest-text = プログラムで、カタログをぜんぶ受け取れます(DCATのRDF)。<a href="/catalog.ttl">Turtle</a>、<a href="/catalog.rdf">RDF/XML</a>、<a href="/catalog.jsonld">JSON-LD</a>、<a href="/catalog.n3">N3</a>があります。100件ずつのページに分かれています(<code>page</code>)。<code>q</code>、<code>fq</code>、<code>modified_since</code> で選べます。データ1つのものは、そのページのアドレスに <code>.ttl</code> などをつけます。<code>profiles</code> には <code>euro_dcat_ap_2</code>、<code>euro_dcat_ap_3</code>、<code>schemaorg</code> が使えます。
help-standard = 自治体標準オープンデータセット
help-standard-text = 次の形のデータには、「自治体標準ODS」のタグがつきます。
help-developers = APIは、ぜんぶ<a href="/developers">ここ</a>に書いてあります。
