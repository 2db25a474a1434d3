"""How good suggestions of fields and near-duplicates are, on the listings of one installation:

    python -m market.advising.measured --data DATA

Fields: each listing is left out and asked for; of it only title and text, no keywords. On the 240
demo listings with the model technology-needs-v1 the first suggestion is right for 75%, one of three
for 91%, and three hold 78% of all that was chosen by hand. (Two weights were chosen on the same
listings: 12 neighbours, names half as heavy.)

Near-duplicates: each listing beside edited copies of itself (reordered, shortened, in Traditional
characters, with other numbers, retitled, all of it at once, every twelfth character left out),
and beside its three nearest neighbours, as they are and with a paragraph that both share, once of
the full text and once of its first 80 characters. On the demo listings: every copy is found
(recall 1.00), and of all pairs that are called the same 99.8% are; the four wrong ones of 2,160 are
short texts most of which is the shared paragraph. The copies are made, not found: people who
write a thing anew in other words are beyond this.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlmodel import Session, select

from market.db import engine_for, session_for, url_for
from market.matchmaking import (
    Asked,
    Document,
    Matchmaker,
    alike,
    document_of,
    field_names,
    is_alike,
)
from market.models.enums import Kind, ListingState
from market.models.places import Field
from market.models.tables import TABLES
from market.queries.rows import rows_for
from market.roles import VISITOR_VIEWER

NEIGHBOURS = 3
SHORT = 80
SHARED = (
    "本单位技术团队长期从事相关研究，拥有省级工程技术研究中心和中试基地，近年承担国家和省市科研项目"
    "二十余项，获得授权发明专利三十余件。现面向企业开放合作，可采取技术转让、技术许可、合作开发、技术"
    "服务等方式，合作条件面议；可提供现场调试、人员培训和后续技术支持，欢迎有意向的企业来人来函洽谈。"
)
"""A paragraph of the sort that one office puts under all its sheets."""
Text = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Fields:
    """Shares of listings: the first suggestion is right, one of three is, and of all fields chosen
    by hand how many are among three."""

    first: float
    one_of_three: float
    of_all: float
    listings: int


@dataclass(frozen=True, slots=True)
class Copies:
    """Of pairs called the same, how many are; of copies, how many are found; and recall by edit."""

    precision: float
    recall: float
    by_edit: dict[str, float]
    pairs: int


def documents(session: Session) -> list[tuple[Kind, Document]]:
    """Everything that is published, as the matcher reads it."""
    found = []
    for kind in Kind:
        table = TABLES[kind].listing
        ids = session.exec(select(table.id).where(table.state == ListingState.PUBLISHED))
        rows = rows_for(session, kind, [id for id in ids if id], VISITOR_VIEWER).values()
        found += [(kind, document_of(row)) for row in rows]
    return found


def measured_fields(
    matchmaker: Matchmaker, fields: Sequence[Field], held: Sequence[tuple[Kind, Document]]
) -> Fields:
    """Leave each listing out and ask for its fields."""
    matcher = matchmaker.reader()
    names = field_names({f.code: (f.name, f.definition) for f in fields if f.parent_code})
    first = one = 0
    share = 0.0
    known = [(kind, document) for kind, document in held if document.facts.fields]
    for kind, document in known if matcher else ():
        asked = Asked.of(matcher, kind, replace(document, keywords=()))  # type: ignore[arg-type]
        right, found = set(document.facts.fields), asked.fields(names) if asked else []
        first += bool(set(found[:1]) & right)
        one += bool(set(found) & right)
        share += len(set(found) & right) / min(len(right), 3)
    count = max(len(known), 1)
    return Fields(first / count, one / count, share / count, len(known))


def measured_copies(
    held: Sequence[tuple[Kind, Document]], near: Callable[[Kind, Document], Sequence[Document]]
) -> Copies:
    """Compare each listing with edited copies and with its neighbours."""
    found: dict[str, list[bool]] = {}
    for _, document in held:
        for name, copy in _copies((document.title, document.text)):
            is_found = is_alike(alike((document.title, document.text), copy))
            found.setdefault(name, []).append(is_found)
    wrong = [is_alike(alike(*pair)) for pair in _strangers(held, near)]
    right = sum(map(sum, found.values()))
    copies = sum(map(len, found.values()))
    by_edit = {name: sum(each) / len(each) for name, each in found.items()}
    called = max(right + sum(wrong), 1)
    return Copies(right / called, right / max(copies, 1), by_edit, copies + len(wrong))


def _copies(text: Text) -> Iterator[tuple[str, Text]]:
    from opencc import OpenCC

    title, body = text
    traditional = OpenCC("s2t").convert
    short = _shortened(body)
    yield "reordered", (title, _reordered(body))
    yield "shortened", (title, short)
    yield "traditional", (traditional(title), traditional(body))
    yield "numbers", (_renumbered(title), _renumbered(body))
    yield "retitled", (f"求购{title[:8]}", body)
    yield "all", (traditional(title), traditional(_renumbered(_reordered(short))))
    yield "worn", (title, "".join(c for place, c in enumerate(body) if place % 12 != 11))


def _strangers(
    held: Sequence[tuple[Kind, Document]], near: Callable[[Kind, Document], Sequence[Document]]
) -> Iterator[tuple[Text, Text]]:
    for kind, document in held:
        for other in near(kind, document):
            pair = (document, other)
            for body in (lambda text: text, lambda text: text + SHARED, _under_a_sheet):
                one, two = ((each.title, body(each.text)) for each in pair)
                yield one, two


def _under_a_sheet(text: str) -> str:
    return text[:SHORT] + SHARED


def _sentences(text: str) -> list[str]:
    return [each for each in re.split(r"(?<=[。；;\n])", text) if each.strip()]


def _reordered(text: str) -> str:
    pieces = _sentences(text)
    random.Random(len(text)).shuffle(pieces)
    return "".join(pieces)


def _shortened(text: str) -> str:
    pieces = _sentences(text)
    return "".join(pieces[: max(1, len(pieces) // 2)])


def _renumbered(text: str) -> str:
    return re.sub(r"\d+", lambda found: str(int(found[0]) + 7), text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print both."""
    parser = argparse.ArgumentParser(prog="python -m market.advising.measured")
    parser.add_argument("--data", type=Path, required=True, help="the folder of an installation")
    data = parser.parse_args(arguments).data
    engine = engine_for(url_for(data))
    matchmaker = Matchmaker(data, "", engine)
    matchmaker.load()
    with session_for(engine) as session:
        held, fields = documents(session), list(session.exec(select(Field)))
    print(measured_fields(matchmaker, fields, held))
    print(measured_copies(held, _nearest(matchmaker, dict(_by_key(held)))))
    return 0


def _by_key(held: Sequence[tuple[Kind, Document]]) -> Iterator[tuple[tuple[Kind, int], Document]]:
    for kind, document in held:
        yield (kind, int(document.id.partition(":")[2])), document


def _nearest(
    matchmaker: Matchmaker, held: dict[tuple[Kind, int], Document]
) -> Callable[[Kind, Document], Sequence[Document]]:
    matcher = matchmaker.reader()

    def near(kind: Kind, document: Document) -> Sequence[Document]:
        asked = Asked.of(matcher, kind, document) if matcher else None
        ids = asked.like_it(NEIGHBOURS) if asked else []
        return [held[kind, id] for id in ids if (kind, id) in held]

    return near


if __name__ == "__main__":
    sys.exit(main())
