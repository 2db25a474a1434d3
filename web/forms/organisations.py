"""What is entered about an organisation, about joining it, and by the bureau that decides on it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

from starlette.datastructures import FormData, UploadFile

from market.actions.organisation_drafts import OrganisationDraft
from market.models import Organisation, OrganisationKind, RegistrationType, Role
from market.models.enums import MEMBERSHIP_ROLES
from market.queries.places import DivisionNode
from web.forms.accounts import Kept
from web.forms.reading import Given, Reading

FIELDS = (
    "name", "kind", "name_en", "credit_code", "registration_type", "registration_number",
    "division", "website", "about", "version",
)  # fmt: skip
LONGEST = 4_000
"""Longer than anything may be, so that what is too long is told and not cut."""
Choice = TypeVar("Choice", bound=StrEnum)


def entered(given: Given, *names: str) -> Kept:
    """The fields under these names as they were entered, for the form to show again."""
    read = Reading(given)
    return Kept({name: read.raw(name)[:LONGEST] for name in names})


def entered_of(body: Organisation) -> Kept:
    """What the form shows of a stored organisation."""
    return Kept(
        name=body.name, kind=body.kind.value, name_en=body.name_en or "",
        credit_code=body.credit_code or "",
        registration_type=body.registration_type.value if body.registration_type else "",
        registration_number=body.registration_number or "", division=body.division_code or "",
        website=body.website or "", about=body.about, version=str(body.version),
    )  # fmt: skip


def organisation_draft(entered: Kept) -> OrganisationDraft:
    """What was entered, as the market takes it. A kind that there is not is one that nobody may
    choose, which the market says."""
    return OrganisationDraft(
        name=entered["name"], kind=one_of(OrganisationKind, entered["kind"])
        or OrganisationKind.SOURCE,
        name_en=entered["name_en"] or None, about=entered["about"],
        division_code=entered["division"] or None, credit_code=entered["credit_code"] or None,
        registration_type=one_of(RegistrationType, entered["registration_type"]),
        registration_number=entered["registration_number"] or None,
        website=entered["website"] or None,
    )  # fmt: skip


def one_of(kind: type[Choice], value: str) -> Choice | None:
    """The choice with this value, or None."""
    return next((choice for choice in kind if choice.value == value), None)


def role_of(entered: Kept) -> Role | None:
    """A role that members have, or None."""
    found = one_of(Role, entered["role"])
    return found if found in MEMBERSHIP_ROLES else None


def whole(text: str) -> int:
    """A whole number; 0, which nothing has, for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def division_choices(nodes: Iterable[DivisionNode], above: str = "") -> list[tuple[str, str]]:
    """The tree of divisions as choices, each with what it lies in."""
    found: list[tuple[str, str]] = []
    for node in nodes:
        found.append((node.code, f"{above} {node.name}".strip()))
        found += division_choices(node.children, node.name)
    return found


def files_of(given: FormData, name: str) -> list[tuple[str, bytes]]:
    """The files under a name, with what they were called; an input left empty sends none."""
    files = [file for file in given.getlist(name) if isinstance(file, UploadFile)]
    return [(file.filename or "", file.file.read()) for file in files if file.filename]
