"""The same mistake in many rows: somebody called a field by another name all the way down. It is
told once and mended once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from market.imports.mapped import Columns
from market.models.imports import Import, ImportRow

FEWEST, MOST = 3, 12
"""From so many rows on it is told once for all of them; so many of such mistakes at a time."""
EACH_ITS_OWN = ("title", "source_id")
"""What no two rows share."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """What stands in a column, and what is wrong with it."""

    target: str
    text: str
    reason: str


def repeated_mistakes(session: Session, found: Import) -> list[tuple[Mistake, int]]:
    """The mistakes that most rows have, with the number of those rows."""
    counted = Counter(mistake for _, mistake in _mistakes(session, found))
    return [(mistake, rows) for mistake, rows in counted.most_common(MOST) if rows >= FEWEST]


def mending(
    session: Session, found: Import, becomes: Mapping[tuple[str, str], str]
) -> dict[int, dict[str, str]]:
    """What to write into which cells, by row, where (target, text) that is wrong becomes
    something else."""
    given: dict[int, dict[str, str]] = {}
    for id, mistake in _mistakes(session, found):
        text = becomes.get((mistake.target, mistake.text))
        if text is not None:
            given.setdefault(id, {})[mistake.target] = text
    return given


def _mistakes(session: Session, found: Import) -> Iterator[tuple[int, Mistake]]:
    columns = Columns.of(found)
    wanted = (
        col(ImportRow.id),
        col(ImportRow.cells),
        col(ImportRow.mended),
        col(ImportRow.problems),
    )
    query = select(*wanted).where(col(ImportRow.import_id) == found.id, col(ImportRow.is_wrong))
    for id, cells, mended, problems in session.execute(query):
        for target, reason in _told(problems):
            yield id, Mistake(target, columns.text_in(target, cells, mended), reason)


def _told(problems: Collection[list[str]]) -> Iterator[tuple[str, str]]:
    """The mistakes of the cells themselves, one of each."""
    seen = set(EACH_ITS_OWN)
    for target, reason, *_ in problems:
        if target not in seen:
            seen.add(target)
            yield target, reason
