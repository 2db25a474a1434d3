"""Needs and achievements as files: Excel, CSV and JSON, for people and for taking them elsewhere.
Whatever is written here, `imports` reads; nothing is lost on the way.

    columns   what stands in which column        objects   the same as JSON
    files     the file of a list                 workbook  how a sheet looks
    template  an empty workbook to fill in, with drop-downs, examples and notes

A file says what its reader may read and no more; a cell is never a formula.
"""

from market.exports.files import FORMATS, Format, Sheet, write
from market.exports.template import write_template

__all__ = ["FORMATS", "Format", "Sheet", "write", "write_template"]
