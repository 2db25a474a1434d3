"""What people said of suggestions, as a collection that matchers are measured on: a BEIR folder.

corpus.jsonl holds the achievements that everybody may see, queries.jsonl the needs that something
was said of, qrels/test.tsv the grades: 2 solves it, 1 helps, 0 does not (see `AnswerReason.grade`;
who could not judge gives no grade). Texts are what everybody may read, and no answerer is named.
Of several words on a pair it is the median, the lower of two.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median_low
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlmodel import Session, col

from market import rules
from market.errors import Invalid, Problem
from market.models.achievements import Achievement
from market.models.answers import Answer
from market.models.enums import Kind, ListingState, OrganisationKind
from market.models.needs import Need
from market.models.organisations import Organisation
from market.models.people import Grant
from market.models.tables import TABLES
from market.queries.rows import FullRow, rows_for
from market.roles import VISITOR_VIEWER, Permission, Viewer, holders

AT_ONCE = 500
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Exported:
    """How much was written."""

    documents: int
    queries: int
    judgements: int


def export(session: Session, folder: Path, viewer: Viewer, *, everybodys: bool = False) -> Exported:
    """Write the folder. Without `everybodys`, only the words of members of one of the two owners
    and of the bureau count. Raises Invalid where nothing was said yet."""
    rules.require(viewer, "judgement.export")
    grades = grades_of(session, everybodys=everybodys)
    needs = _rows(session, Kind.NEED, {need for need, _ in grades})
    judged = _rows(session, Kind.ACHIEVEMENT, {other for _, other in grades})
    told = {pair: g for pair, g in grades.items() if pair[0] in needs and pair[1] in judged}
    if not told:
        raise Invalid([Problem("page", _nothing(everybodys=everybodys))])
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    asked = [needs[id] for id in sorted({need for need, _ in told})]
    documents = _write(folder / "corpus.jsonl", _corpus(session, judged))
    queries = _write(folder / "queries.jsonl", asked)
    _write_grades(folder / "qrels" / "test.tsv", told)
    return Exported(documents, queries, len(told))


def grades_of(session: Session, *, everybodys: bool = False) -> Mapping[Pair, int]:
    """The grade of every pair of which something was said that counts."""
    said: dict[Pair, list[int]] = defaultdict(list)
    query = (
        select(col(Answer.need_id), col(Answer.achievement_id), col(Answer.reason))
        .join(Need, col(Need.id) == col(Answer.need_id))
        .join(Achievement, col(Achievement.id) == col(Answer.achievement_id))
        .outerjoin(Organisation, col(Organisation.id) == col(Answer.organisation_id))
    )
    for need, achievement, reason in session.execute(
        query if everybodys else query.where(_counts())
    ):
        if reason.grade is not None:
            said[need, achievement].append(reason.grade)
    return {pair: median_low(grades) for pair, grades in said.items()}


def _counts() -> ColumnElement[bool]:
    """Whether a word is that of somebody who knows: of an owner of one of the two, or of whoever
    checks listings for the bureau."""
    editors = select(col(Grant.person_id)).where(
        col(Grant.role).in_(holders(Permission.LISTING_MODERATE)), col(Grant.ended_at).is_(None)
    )
    return or_(
        col(Answer.organisation_id) == col(Need.owner_id),
        col(Answer.organisation_id) == col(Achievement.owner_id),
        col(Organisation.kind) == OrganisationKind.BUREAU,
        col(Answer.person_id).in_(editors),
    )


def _corpus(session: Session, judged: Mapping[int, FullRow]) -> Iterator[FullRow]:
    """Every achievement that is published, and what was judged though it is no longer."""
    table = TABLES[Kind.ACHIEVEMENT].listing
    published = select(col(table.id)).where(col(table.state) == ListingState.PUBLISHED)
    ids = sorted({*judged, *(id for id in session.execute(published).scalars() if id is not None)})
    for start in range(0, len(ids), AT_ONCE):
        yield from _rows(session, Kind.ACHIEVEMENT, ids[start : start + AT_ONCE]).values()


def _rows(session: Session, kind: Kind, ids: Iterable[int]) -> dict[int, FullRow]:
    """What everybody may see, in the order of the ids."""
    wanted = sorted(ids)
    found: dict[int, FullRow] = {}
    for start in range(0, len(wanted), AT_ONCE):
        found |= rows_for(session, kind, wanted[start : start + AT_ONCE], VISITOR_VIEWER)
    return {id: found[id] for id in wanted if id in found}


def _write(path: Path, rows: Iterable[FullRow]) -> int:
    count = 0
    with path.open("w", encoding="utf-8") as lines:
        for row in rows:
            lines.write(json.dumps(_record(row), ensure_ascii=False) + "\n")
            count += 1
    return count


def _write_grades(path: Path, grades: Mapping[Pair, int]) -> None:
    with path.open("w", encoding="utf-8") as lines:
        lines.write("query-id\tcorpus-id\tscore\n")
        for (need, other), grade in sorted(grades.items()):
            lines.write(f"{_id(Kind.NEED, need)}\t{_id(Kind.ACHIEVEMENT, other)}\t{grade}\n")


def _record(row: FullRow) -> dict[str, Any]:
    text = "\n".join(part for part in (row.text, "、".join(row.keywords)) if part)
    listing = row.public
    return {
        "_id": _id(listing.kind, listing.id), "title": row.title, "text": text,
        "metadata": {"is_demo": listing.is_demo, "language": listing.language.value},
    }  # fmt: skip


def _id(kind: Kind, id: int) -> str:
    return f"{kind.value}-{id}"


def _nothing(*, everybodys: bool) -> str:
    more = "" if everybodys else "供需双方和主管部门的人都还没有标过；要算上所有人的，请加 --all。"
    return f"还没有可以导出的反馈。{more}"
