# organization
organization-datasets-short = { $value }
organizations-title = Organizations
organizations-lead = { $value } organizations publish data.
organizations-json = List of organizations (JSON)
organizations-csv = List of organizations (CSV)
organization-code = Local government code { $value }
organization-datasets = { $value ->
    [one] { $value } dataset
   *[other] { $value } datasets
}
organization-maps = { $value ->
    [one] { $value } map
   *[other] { $value } maps
}
organization-search = Search its data
organization-stats = Its usage
organization-map = Its maps
organization-themes = Themes
organization-heading = Datasets
organization-none = No dataset is published yet.
organization-json = This organization (JSON)
organization-csv = List of datasets (CSV)
organization-feed = Updates of this organization
