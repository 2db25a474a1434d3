"""What lists filter, count and sort by, held in memory: the public values of published listings, a
column for each, so that a list of a hundred thousand with all its facets takes milliseconds.

The tables stay the truth. A session that reads for pages carries the catalogue along (`session`),
and asks it only once both stand at the same `IndexChange`, which is written in the transaction that
changes a listing; else, and for whatever is not published, the question goes to the database
(`market.queries.listings`), with the same answer. `columns` holds the values, `finding` answers.
"""

from market.catalogue.columns import Columns
from market.catalogue.finding import Finding
from market.catalogue.holding import Catalogue, columns_for

__all__ = ["Catalogue", "Columns", "Finding", "columns_for"]
