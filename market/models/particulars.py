"""Rows inside a listing: indicators, rights and holders. Each is a small value with a JSON form;
what can be wrong with one is in `market.actions.particulars_problems`."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Any, TypeVar, get_type_hints

from market.models.enums import Holding, Labelled, RightKind, RightStatus


@dataclass(frozen=True, slots=True)
class Indicator:
    """A technical indicator 技术指标 as people write it, numbers with their ranges and signs.

    `before` is what is reached today (of a need) or what is usual elsewhere (of an achievement),
    `value` what is wanted or reached.
    """

    name: str
    before: str = ""
    value: str = ""
    unit: str = ""

    @property
    def text(self) -> str:
        """The row as one line: “氧含量：200～450 → 160～220 ppm”."""
        way = " → ".join(part for part in (self.before, self.value) if part)
        told = f"{way} {self.unit}".strip()
        return f"{self.name}：{told}" if told else self.name


@dataclass(frozen=True, slots=True)
class Right:
    """A piece of intellectual property 知识产权. `status` is what was found on `checked_on`; a
    number that has the right form says nothing about it."""

    kind: RightKind
    number: str = ""
    name: str = ""
    status: RightStatus | None = None
    checked_on: date | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who owns an achievement, or part of it. `share` is in percent, `until` the last day
    of a right that ends."""

    name: str
    holding: Holding
    share: int | None = None
    until: date | None = None


Particular = Indicator | Right | Holder
P = TypeVar("P", bound=Particular)


def written(each: Particular) -> dict[str, Any]:
    """The JSON object; what is not known is left out."""
    held = {field.name: getattr(each, field.name) for field in fields(each)}
    return {
        name: value.isoformat()
        if isinstance(value, date)
        else str(value)
        if isinstance(value, Labelled)
        else value
        for name, value in held.items()
        if value not in ("", None)
    }


def read(kind: type[P], held: dict[str, Any]) -> P:
    """The value of a JSON object. Raises ValueError, KeyError or TypeError."""
    hints = get_type_hints(kind)
    return kind(**{name: _read(hints[name], value) for name, value in held.items()})


def _read(hint: Any, value: Any) -> Any:
    wanted = next(each for each in getattr(hint, "__args__", (hint,)) if each is not type(None))
    if wanted is date:
        return date.fromisoformat(value)
    if isinstance(wanted, type) and issubclass(wanted, Labelled):
        return wanted(value)
    if type(value) is not wanted:
        raise TypeError(f"{value!r} is not {wanted.__name__}")
    return value
