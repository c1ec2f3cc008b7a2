# fixed
about-can = What you can do
about-find = <a href="/dataset">Find data</a>, look into it, and download it.
about-map = Data with positions can be seen as a <a href="/map">map</a> and as a list.
about-standard = Column names and spellings are brought to the national standard, so that the data of every municipality has the same form. What was repaired and what could not be is shown for each dataset under “Quality”.
about-api = Programs use the API of CKAN (<code>/api/3/action/</code>).
about-exact = Accuracy
about-exact-text = Only what can be repaired with proof is repaired. The number of rows read always equals the rows published plus the rows not published.
about-counting = How accesses are counted
about-counting-text = No outside analytics service is used. Neither addresses nor device data are kept, only numbers. How they are counted is stated on the page <a href="/stats">Usage</a>.
terms-use = Using the data
terms-use-text = Data may be used under the licence shown on its page. Licences differ from dataset to dataset.
terms-credit = Most data may be copied, changed and distributed, commercially or not, if the source is named. How to name it stands with each dataset under “Terms and source”. If you change the data, say so.
terms-prepared = The data has been prepared
terms-prepared-text = Files here were read from those of the publishing organization, with column names, spelling and format put in order. Where you need the original file, see “Original page” of the dataset.
terms-liability = Liability
terms-liability-text = The publishing organizations are not liable for damage from use of the data. Data may change or be withdrawn without notice.
accessibility-aim = This site is made to be used by everyone on any device. The aim is level AA of JIS X 8341-3:2016 (level AA of WCAG 2.2).
accessibility-care = What is taken care of
accessibility-script = Every page works without JavaScript. Maps are shown as a picture and as a list.
accessibility-list = Everything on a map can be read as a list; each thing has a page of its own.
accessibility-keyboard = Everything can be done by keyboard, and the focus is visible.
accessibility-colour = Colour is never the only sign; shape and words go with it.
accessibility-display = Large text, screens of 320 pixels, dark mode, forced colours and reduced motion are supported.
accessibility-checks = How it is checked
accessibility-checks-text = Every kind of page is checked automatically by axe at each change. Such checks do not find everything. Conformance has not been declared yet.
accessibility-contact = Contact
accessibility-contact-text = If something is hard to use, please tell the organization that runs this site.
help-find = Finding data
help-find-text = Search by words on the page <a href="/dataset">Data</a> and narrow by theme, organization, file format and tag. All of it stands in the address, which can be kept or sent to others.
help-format = Which format to choose
help-format-csv = For spreadsheets; opens in Excel as it is.
help-format-geojson = For map software and web maps.
help-format-analysis = For analysing large data.
help-format-pmtiles = For a layer on a web map of your own.
help-map = Using the maps
help-map-text = When the map is moved, the list beside it follows. By keyboard, focus the map, move with the arrow keys and zoom with <kbd>+</kbd> and <kbd>-</kbd>. Choosing a name opens its page.
help-program = For programs
help-program-text = There is the API of CKAN, for example <code>/api/3/action/package_search?q=AED</code>. Map tiles are listed at <code>/tiles.json</code>.
help-news = Following updates
help-news-text = New and updated data can be followed with a feed reader: all data by the <a href="/feeds/dataset.atom">Atom feed</a>; organizations, datasets and searches have one each on their pages; a tag's is <code>/feeds/tag/TAG.atom</code>.
help-harvest = Harvesting the catalogue
help-harvest-text = The whole catalogue is available as RDF in the DCAT vocabulary, in four syntaxes: <a href="/catalog.ttl">Turtle</a>, <a href="/catalog.rdf">RDF/XML</a>, <a href="/catalog.jsonld">JSON-LD</a> and <a href="/catalog.n3">N3</a>, in pages of 100 (<code>page</code>). <code>q</code> and <code>fq</code> narrow it; <code>modified_since</code> gives only what changed after a time. A single dataset has the address of its page with <code>.ttl</code> and so on added. <code>profiles</code> takes <code>euro_dcat_ap_2</code>, <code>euro_dcat_ap_3</code> and <code>schemaorg</code>.
help-standard = The municipal standard datasets
help-standard-text = Data that follows one of these sheets is tagged <span lang="ja">自治体標準ODS</span> and with the name of the sheet.
help-developers = All of it is described under <a href="/developers">For developers</a>.
