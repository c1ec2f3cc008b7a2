# home
home-themes = Browse by theme
home-figures = What is published
home-datasets = Datasets
home-organizations = Organizations
home-maps = Maps
home-files = Files
unit-datasets = { "" }
unit-organizations = { "" }
unit-maps = { "" }
unit-files = { "" }
home-newest = New and updated
home-all-datasets = See all data
home-publishers = Publishing organizations
home-all-organizations = See all organizations
feed-datasets = Dataset updates
