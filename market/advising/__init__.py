"""What a writer is told while writing: matches so far, what would make the text findable and by how
much, the fields it seems to belong to, and listings that are the same.

    advice    all of it for one text
    hints     what is missing, one check each, with its effect
    twins     near-duplicates among one's own and others' listings
    kept      what is the same for everybody for a while
    measured  how good suggestions of fields and near-duplicates are

An effect is measured on this very text, or is a figure of this installation, or is not told.
"""

from market.advising.advice import Advice, AdvisedMatch, advise
from market.advising.hints import Counted, Hint, HintName, Tried
from market.advising.twins import Twin

__all__ = [
    "Advice", "AdvisedMatch", "Counted", "Hint", "HintName", "Tried", "Twin", "advise",
]  # fmt: skip
