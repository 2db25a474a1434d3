"""Column types that every table uses: enums by value with a CHECK, moments in UTC, JSON.

Constraint names follow one convention, so that a migration can address every one of them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, DateTime, Enum, Integer, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlmodel import SQLModel

from market.models.particulars import Particular, read, written

SQLModel.metadata.naming_convention = {
    "pk": "pk_%(table_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


class Moment(TypeDecorator[datetime]):
    """An aware datetime, stored in UTC; a naive one is refused. SQLite forgets zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if not isinstance(value, datetime):
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Particulars(TypeDecorator[list[Any]]):
    """A list of indicators, rights or holders, stored as JSON objects."""

    impl = JSON
    cache_ok = True

    def __init__(self, kind: type[Particular]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: list[Any] | None, dialect: Dialect) -> Any:
        return [written(each) for each in value or ()]

    def process_result_value(self, value: Any, dialect: Dialect) -> list[Any]:
        return [read(self.kind, each) for each in value or ()]


def moment_column(*, nullable: bool = False, index: bool = False) -> Column[datetime]:
    """A column of moments."""
    return Column(Moment(), nullable=nullable, index=index)


def enum_type(kind: type[StrEnum], name: str = "") -> Any:
    """One of our enums, stored by value and checked by the database. For `sa_type` of a mixin;
    `name` tells the checks of several columns of one table apart."""
    return Enum(
        kind,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=True,
        length=40,
        name=f"{name or kind.__name__.lower()}_known",
    )


def enum_column(kind: type[StrEnum], *, nullable: bool = False, index: bool = False) -> Column[Any]:
    """A column of one of our enums. A Column serves one table only: mixins use `enum_type`."""
    return Column(enum_type(kind), nullable=nullable, index=index)


BigId = BigInteger().with_variant(Integer(), "sqlite")
"""An ever-growing key: SQLite counts rows up by itself only for INTEGER."""
