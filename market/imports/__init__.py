"""Needs and achievements from files: .xlsx, .csv, .jsonl and BEIR folders.

    files     what a file really is, whatever its name says
    tables    rows of a workbook or a csv file     lines    rows of JSON Lines
    headings  which column is what                 values   a cell → a value, or what is wrong
    rows      a row → a draft                      run      all of it in one transaction

On the page (`actions.imports` asks, `importing` works) files come from anybody and look like it:

    sheets    titles, merged cells, headings in two lines → one table; `workbook` reads in a
              process of its own             guessing  which column probably fills what
    mapped    a row by the columns that somebody confirmed
    checking  the dry run       repeats, likenesses  what a row says again
    bringing  the import        undoing  the way back        progress  how far it is

By command a file is taken whole or not at all: any problem in any row, and nothing is changed.
"""

from market.imports.run import ImportReport, ImportRequest, import_listings

__all__ = ["ImportReport", "ImportRequest", "import_listings"]
