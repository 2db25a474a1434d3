"""What is entered about an account. Passwords are taken as they are and never go back to a page."""

from __future__ import annotations

from web.addresses import inner
from web.forms.reading import Given, Reading


class Kept(dict[str, str]):
    """What was entered, for the form to show again; nothing where nothing was."""

    def __missing__(self, name: str) -> str:
        return ""


def kept(given: Given, *names: str) -> Kept:
    """The fields under these names, cleaned."""
    read = Reading(given)
    return Kept({name: read.raw(name)[:300] for name in names})


def secret(given: Given, name: str = "password") -> str:
    """A password exactly as it was typed."""
    values = [value for value in given.getlist(name) if isinstance(value, str)]
    return values[-1] if values else ""


def next_of(given: Given, otherwise: str = "/") -> str:
    """Where to go on to; a page of this site or the other one."""
    return inner(Reading(given).raw("next"), otherwise)


def number_of(given: Given, name: str) -> int | None:
    """A whole number, or None."""
    value = Reading(given).raw(name)
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else None
