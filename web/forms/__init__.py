"""What people enter, read into the filters of the market, with every problem named.

A value that cannot be read is left out of the filter and told in words; the page keeps what was
entered and answers 422. Amounts are yuan in addresses ("500000", "50万") and fen inside.
"""

from web.forms.finding import DirectoryForm, SearchForm, directory_form, search_form
from web.forms.listings import ListingForm, listing_form
from web.forms.matches import MAX_TEXT, MatchForm, match_form, trying
from web.forms.reading import MAX_QUESTION, Given, clean

__all__ = [
    "MAX_QUESTION",
    "MAX_TEXT",
    "DirectoryForm",
    "Given",
    "ListingForm",
    "MatchForm",
    "SearchForm",
    "clean",
    "directory_form",
    "listing_form",
    "match_form",
    "search_form",
    "trying",
]
