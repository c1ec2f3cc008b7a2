# search
search-title = Find data
search-title-of = Results for “{ $words }”
search-json = Results (JSON)
search-csv = Results (CSV)
search-feed = Updates of these results
search-results = Results
search-chosen = Filters in use
search-remove = { " " }(remove)
search-facets = Filter
facet-theme = Theme
facet-organization = Organization
facet-res_format = File format
facet-tags = Tag
order-score = Best match
order-modified = Newest first
order-title = By name
order-used = Most used
search-heading-results = Results
search-none = No dataset matches.
search-refused = There are too many words, or they stand in too much of the data. Please try fewer words.
search-instead = Did you mean:{ " " }
search-fewer = With fewer words:{ " " }
search-unfiltered = Without filters:{ " " }
search-unfilter = Remove the filters.
search-shorter = Try a shorter word or another one (for example <span lang="ja">避難</span> instead of <span lang="ja">避難所</span>).
search-all-or-themes = You can also look through <a href="/dataset">all data</a> or the themes below.
search-all = All data
search-total = { $value ->
    [one] { $value } dataset
   *[other] { $value } datasets
}
search-window = , { $first }–{ $last } shown
search-order = Sort by
search-sort = Sort
search-by-use = Ordered by use in the last 14 days (then by all use). How use is counted is stated in the <a href="/stats#definition">counting definition</a>.
