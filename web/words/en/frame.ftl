# The frame: words of every page.
language = Language
frame-skip = Skip to content
frame-sections = Main pages
frame-here = You are here
frame-home = Home
frame-site = About this site
section-dataset = Data
section-map = Maps
section-organization = Organizations
section-stats = Usage
section-help = Help
frame-about = About this site
frame-terms = Terms of use
frame-accessibility = Accessibility
frame-software = Software and fonts used
frame-licence = Each dataset may be used under the licence shown with it.
frame-graph = Metadata (DCAT)
