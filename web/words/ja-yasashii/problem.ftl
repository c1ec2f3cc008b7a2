# problem
problem-status = 番号: { $value }
problem-not-found = アドレスが変わったか、公開が終わったかもしれません。データはここから探せます。
problem-server = 少し待って、もう一度やってみてください。だめなときは、市役所などに知らせてください。
problem-request = アドレスの中の文字が正しいか見てください。
problem-maps = 地図のリスト
problem-organizations = 市や町などのリスト
