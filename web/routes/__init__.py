"""The pages, one file per noun. A handler parses, asks one query and shows one page."""
