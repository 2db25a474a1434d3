"""Rows → documents → matcher → matches with reasons. The only importer of `matching`.

    documents    a listing, stored or being written, as what the matcher reads
    results      what is asked for and what comes out
    held         the encoder and the index folder of this installation
    finding      a search, shown only as far as the viewer may see
    asking       a text that is being written, asked about in several ways
    resembling   whether two listings are one
    reasons      fits and gaps as this market means them
    matchmaker   all of it behind one door

The database stays the truth: what the index finds is shown only if the viewer may see it now.
"""

from market.matchmaking.asking import (
    Asked,
    field_names,
    sentences_of,
    shared_words,
    telling_words,
)
from market.matchmaking.documents import (
    document_id,
    document_of,
    document_of_draft,
    listing_key,
    normal_form,
    search_text_of,
)
from market.matchmaking.held import UNREADABLE
from market.matchmaking.matchmaker import Matchmaker
from market.matchmaking.reasons import judged, kept_of
from market.matchmaking.resembling import alike, is_alike
from market.matchmaking.results import (
    MatcherStatus,
    MatchFilter,
    MatchResult,
    MatchRow,
    RankingCard,
)
from matching import Document, Hit, Label, Matcher, Reasons, Span

__all__ = [
    "UNREADABLE", "Asked", "Document", "Hit", "Label", "MatchFilter", "MatchResult", "MatchRow",
    "Matcher", "MatcherStatus", "Matchmaker", "RankingCard", "Reasons", "Span", "alike",
    "document_id", "document_of", "document_of_draft", "field_names", "is_alike", "judged",
    "kept_of", "listing_key", "normal_form", "search_text_of", "sentences_of", "shared_words",
    "telling_words",
]  # fmt: skip
