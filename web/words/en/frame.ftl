# The frame: words of every page.
language = Language
