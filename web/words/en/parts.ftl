# parts
search-label = Search the data
search-button = Search
card-records-named = Matching records:{ " " }
list-comma = ,{ " " }
count-records = { $value ->
    [one] { $value } record
   *[other] { $value } records
}
count-unit = { " " }items
count-in-brackets = { " " }({ $value })
updated = Updated
formats = Formats
badge-map = Map
pages-of = Pages: { $name }
page-previous = Previous
page-next = Next
page-current = Current page{ " " }
page-number = Page{ " " }
