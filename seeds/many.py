"""So many listings that lists show how fast they are: `python -m seeds.many --data DIR NUMBER`.

They are copies of the demo listings, each with fields, a division, a readiness, an amount and a day
of some other one, written straight into the tables: they have no history and are in no index.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from datetime import timedelta
from random import Random
from typing import Any

from sqlalchemy import insert, select
from sqlmodel import Session, col, func

from market.__main__ import database_options
from market.db import engine_for, url_for, writing
from market.models import TABLES, Kind, ListingState

AT_ONCE = 5_000
MIXED = (("division_code",), ("readiness",), ("amount_min", "amount_max"), ("owner_id",))
Values = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> None:
    """Copy until there are so many of each kind."""
    parser = argparse.ArgumentParser(prog="python -m seeds.many", parents=[database_options()])
    parser.add_argument("number", type=int)
    options = parser.parse_args(arguments)
    engine = engine_for(options.database or url_for(options.data))
    for kind in Kind:
        with writing(engine) as session:
            print(kind.text, multiply(session, kind, options.number))
    engine.dispose()


def multiply(session: Session, kind: Kind, number: int) -> int:
    """Copy published demo listings until there are so many of them; how many were added."""
    tables, random = TABLES[kind], Random(20261124)
    listing = tables.listing.__table__  # type: ignore[attr-defined]
    there = col(tables.listing.state) == ListingState.PUBLISHED
    demo = select(listing).where(there, col(tables.listing.is_demo).is_(True))
    rows = [dict(row) for row in session.execute(demo).mappings()]
    links = [_links(session, link) for link in (tables.fields, tables.modes)]
    last = session.execute(select(func.max(listing.c.id))).scalar() or 0
    missing = max(0, number - (session.execute(select(func.count()).where(there)).scalar() or 0))
    for start in range(0, missing, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, missing))
        copies = list(_copies(rows, [last + 1 + n for n in numbers], random))
        session.execute(insert(listing), copies)
        for table, of in zip((tables.fields, tables.modes), links, strict=True):
            linked = [
                {**link, "listing_id": copy["id"]}
                for copy in copies
                for link in of.get(random.choice(rows)["id"], [])
            ]
            session.execute(insert(table.__table__), linked)  # type: ignore[attr-defined]
    return missing


def _copies(rows: Sequence[Values], ids: Sequence[int], random: Random) -> Iterator[Values]:
    for id in ids:
        row = random.choice(rows)
        copy = {
            **row,
            "id": id,
            "title": f"{row['title']}（{id}）"[:200],
            "source_id": f"many-{id}",
        }
        for names in MIXED:
            other = random.choice(rows)
            copy |= {name: other[name] for name in names}
        day = row["published_at"] - timedelta(minutes=random.randrange(500_000))
        yield copy | {"published_at": day, "changed_at": day}


def _links(session: Session, table: type[Any]) -> dict[int, list[Values]]:
    found: dict[int, list[Values]] = {}
    for link in session.execute(select(table.__table__)).mappings():
        found.setdefault(link["listing_id"], []).append(dict(link))
    return found


if __name__ == "__main__":
    main()
