"""Texts that people write, as HTML that can do nothing: Markdown without HTML of its own or
pictures (they would tell another site who reads), then an allow-list of elements.

A text without any markup, and one that came from a file, is shown line by line as paragraphs.
"""

from __future__ import annotations

from functools import cache, lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

TAGS = {
    "p", "br", "strong", "em", "s", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "code",
    "pre", "hr", "a", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES: dict[str, set[str]] = {"*": set(), "a": {"href"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}
REL = "nofollow noopener ugc"
SHIFT, DEEPEST = 2, 6
"""A page has its h1 and its sections are h2: the first heading of a text is h3."""
PLAIN_BLOCKS = ("paragraph_open", "inline", "paragraph_close")
PLAIN_SIGNS = ("text", "softbreak", "hardbreak")


@lru_cache(maxsize=256)
def prose(text: str, is_plain: bool = False) -> Markup:
    """The text as paragraphs, headings and lists; `is_plain` where nobody meant any markup."""
    tokens = [] if is_plain else _parser().parse(text)
    if all(_is_plain(token) for token in tokens):
        return lines(text)
    for token in tokens:
        if token.tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            token.tag = f"h{min(int(token.tag[1]) + SHIFT, DEEPEST)}"
    html = _parser().renderer.render(tokens, _parser().options, {})
    clean = nh3.clean(
        html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel=REL,
        url_relative="deny",
    )  # fmt: skip
    return Markup(clean)


def lines(text: str) -> Markup:
    """Every line a paragraph."""
    shown = (line for line in text.split("\n") if line.strip())
    return Markup("\n").join(Markup("<p>{}</p>").format(escape(line)) for line in shown)


@cache
def _parser() -> MarkdownIt:
    """CommonMark with tables and struck text. A line end is a line end; an indented paragraph is
    how Chinese is written, not code."""
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": 20})
    return parser.enable(["table", "strikethrough"]).disable(
        ["image", "code", "html_block", "html_inline", "autolink", "lheading"]
    )


def _is_plain(token: Token) -> bool:
    children = token.children or []
    return token.type in PLAIN_BLOCKS and all(c.type in PLAIN_SIGNS for c in children)
