# problem
problem-status = 状態コード: { $value }
problem-not-found = アドレスが変わったか、公開が終了した可能性があります。データは次のところから探せます。
problem-server = しばらく待ってから、もう一度お試しください。問題が続くときは、このサイトを運営する組織にお知らせください。
problem-request = アドレスに含まれる値を確認してください。
problem-maps = 地図の一覧
problem-organizations = 組織の一覧
