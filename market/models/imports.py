"""Import 批量导入: a file that an organisation brings in, and what became of each of its rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, Text
from sqlmodel import Field as Column
from sqlmodel import SQLModel

from market.models.columns import BigId, Moment, enum_type
from market.models.enums import ImportState, Kind


class Import(SQLModel, table=True):
    """`headings` is what the columns of the file are called, `mapping` which part of a listing each
    of them fills (by place; "" for none). `person_id` is who brought the file, and then whoever
    last had something done with it. `done` of `total` rows are through the present phase.
    `then` is what happens to new listings: "" for drafts, or a move. `heartbeat_at` is when the
    worker last said that it is at it, or was asked to be; `tries` how often the present phase was
    begun; `failed_in` is the state in which it gave up, for `message`."""

    __tablename__ = "import"
    __table_args__ = (Index(None, "state", "heartbeat_at"),)

    id: int | None = Column(default=None, primary_key=True)
    organisation_id: int = Column(foreign_key="organisation.id", index=True)
    person_id: int = Column(foreign_key="person.id", index=True)
    kind: Kind = Column(sa_type=enum_type(Kind))
    name: str = Column(max_length=200)
    state: ImportState = Column(default=ImportState.UPLOADED, sa_type=enum_type(ImportState))
    headings: list[str] = Column(default_factory=list, sa_type=JSON)
    mapping: list[str] = Column(default_factory=list, sa_type=JSON)
    then: str = Column(default="", max_length=40)
    total: int = 0
    done: int = 0
    created: int = 0
    changed: int = 0
    message: str = Column(default="", sa_type=Text)
    failed_in: str = Column(default="", max_length=40)
    tries: int = 0
    started_at: datetime = Column(sa_type=Moment)
    heartbeat_at: datetime | None = Column(default=None, sa_type=Moment)
    ended_at: datetime | None = Column(default=None, sa_type=Moment)


class ImportRow(SQLModel, table=True):
    """One row. `cells` are the file's, by place; `mended` what was typed on the page instead, by
    part. `problems` are (part, reason) of the last check, `resembles` what it repeats: listings and
    rows. `source_id` is the number that the file gives it. `chosen` rows are imported.
    `listing_id` is the listing that it changes or became, `listing_version` the version that it
    made of it, `was_new` whether the listing was made for it."""

    __tablename__ = "import_row"
    __table_args__ = (Index(None, "import_id", "number", unique=True),)

    id: int | None = Column(default=None, primary_key=True, sa_type=BigId)
    import_id: int = Column(foreign_key="import.id", ondelete="CASCADE")
    number: int
    cells: list[Any] = Column(sa_type=JSON)
    mended: dict[str, Any] = Column(default_factory=dict, sa_type=JSON)
    title: str = Column(default="", max_length=200)
    source_id: str = Column(default="", max_length=200)
    problems: list[Any] = Column(default_factory=list, sa_type=JSON)
    resembles: list[Any] = Column(default_factory=list, sa_type=JSON)
    is_wrong: bool = False
    is_repeated: bool = False
    chosen: bool = True
    listing_id: int | None = None
    listing_version: int | None = None
    was_new: bool = False
