"""Matching of texts, with reasons. Knows no marketplace, no database of one, and no web.

    Document   a text with its facts            `types`
    Hit        a found document with reasons    `types`
    Matcher    add, remove, search, explain     `matcher`

Read on in this order: `prepare` (text → keys and vectors), `lexical`, `vectors`, `view` (what an
index holds), `fusion`, `explain`, `store`; then `evaluate`, which says how good it all is.

>>> from matching import Document, Matcher
>>> matcher = Matcher()
>>> matcher.add([
...     Document("a1", "achievement", "再生铜杂质深度脱除技术", "通过氧化精炼去除铅、锡杂质。"),
...     Document("a2", "achievement", "茶叶发酵程度在线监测装置", "以近红外光谱判断红茶发酵程度。"),
... ])
>>> [hit] = matcher.search("再生銅熔煉時鉛錫雜質偏高", k=1)
>>> hit.id
'a1'
>>> sorted(term.term for term in hit.reasons.terms)[:2]
['再生铜', '杂质']
>>> hit.reasons.sentences.document.text
'再生铜杂质深度脱除技术'
"""

from matching import errors
from matching.matcher import Matcher
from matching.text import MAX_CHARACTERS
from matching.types import Document, Facts, Filters, Hit, Label, Range, Reasons, Span

__all__ = [
    "MAX_CHARACTERS",
    "Document",
    "Facts",
    "Filters",
    "Hit",
    "Label",
    "Matcher",
    "Range",
    "Reasons",
    "Span",
    "errors",
]
