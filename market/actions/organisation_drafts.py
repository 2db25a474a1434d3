"""What an organisation is made from, and all that can be wrong with it. Nothing is stored here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, NoReturn

from sqlmodel import Session

from market.errors import Invalid, Problem
from market.identifiers import checked_credit_code, checked_division_code, checked_registration
from market.models.enums import OrganisationKind, RegistrationType
from market.models.places import Division
from market.texts import has_script, has_words, is_binary

OPEN_KINDS = (
    OrganisationKind.ENTERPRISE, OrganisationKind.INSTITUTION, OrganisationKind.SERVICE,
)  # fmt: skip
"""The kinds that a person may create, join and claim. A bureau's people get their roles from the
administrator, and a data source is no body."""
IDENTITY = ("name", "kind", "credit_code", "registration_type", "registration_number")
"""What the bureau's word is about: who changes it needs a new word."""
NUMBERS = ("credit_code", "registration_type", "registration_number")
MAX_NAME, MAX_ABOUT, MAX_WEBSITE = 200, 3_000, 300
_WEBSITE = re.compile(r"https?://[^\s/<>\"'@]+\.[^\s/<>\"'@]+(/[^\s<>\"']*)?", re.I)


@dataclass(frozen=True, slots=True)
class OrganisationDraft:
    """An organisation before it is stored. `key` is its fixed name among the seeds, if any."""

    name: str
    kind: OrganisationKind
    key: str | None = None
    name_en: str | None = None
    about: str = ""
    division_code: str | None = None
    credit_code: str | None = None
    registration_type: RegistrationType | None = None
    registration_number: str | None = None
    website: str | None = None
    is_demo: bool = False


def checked(
    session: Session, draft: OrganisationDraft, kind_so_far: OrganisationKind | None = None
) -> dict[str, Any]:
    """The columns that a person may write, tidied. Raises Invalid with every problem at once. A
    kind that no person may choose can only stay."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    if draft.kind not in OPEN_KINDS and draft.kind is not kind_so_far:
        problems.append(Problem("kind", "请选择企业、高校院所或服务机构。"))
    for column, check in CHECKS.items():
        try:
            values[column] = check(session, draft)
        except Invalid as error:
            problems.extend(error.problems)
    if problems:
        raise Invalid(problems)
    return values


def numbers(session: Session, draft: OrganisationDraft) -> dict[str, Any]:
    """The columns that identify a body, checked: one kind of number, or none."""
    return {name: CHECKS[name](session, draft) for name in NUMBERS}


def recorded(session: Session, draft: OrganisationDraft) -> dict[str, Any]:
    """The columns of a draft from a file, which may name a kind that no person may create."""
    values = asdict(draft)
    if not has_words(draft.name) or len(draft.name) > MAX_NAME:
        _refuse("owner", "单位名称应有文字，最多 200 个字符。")
    if draft.credit_code is not None:
        values["credit_code"] = checked_credit_code(draft.credit_code, demo=draft.is_demo)
    if draft.registration_type is not None:
        values["registration_number"] = checked_registration(
            draft.registration_type, draft.registration_number or ""
        )
    if draft.division_code and session.get(Division, draft.division_code) is None:
        _refuse("division", f"没有“{draft.division_code}”这个行政区划。")
    return values


def one_line(text: str) -> str:
    """Words with single spaces, without what cannot be seen and could make two names look alike."""
    seen = (letter for letter in text if unicodedata.category(letter) not in ("Cf", "Co", "Cs"))
    return " ".join("".join(seen).split())


def _name(session: Session, draft: OrganisationDraft) -> str:
    name = one_line(draft.name)
    if not has_words(name):
        _refuse("name", "请填写单位名称，与营业执照或法人证书一致。")
    return _text("name", name, "单位名称", MAX_NAME)


def _name_en(session: Session, draft: OrganisationDraft) -> str | None:
    return _text("name_en", one_line(draft.name_en or ""), "英文名称", MAX_NAME) or None


def _about(session: Session, draft: OrganisationDraft) -> str:
    return _text("about", draft.about.strip(), "单位简介", MAX_ABOUT)


def _kind(session: Session, draft: OrganisationDraft) -> OrganisationKind:
    return draft.kind


def _division(session: Session, draft: OrganisationDraft) -> str | None:
    if not draft.division_code:
        return None
    code = checked_division_code(draft.division_code)
    if session.get(Division, code) is None:
        _refuse("division", f"没有“{code}”这个行政区划，请从列表中选择。")
    return code


def _credit_code(session: Session, draft: OrganisationDraft) -> str | None:
    given = (draft.credit_code or "").strip()
    return checked_credit_code(given, demo=draft.is_demo) if given else None


def _registration_type(session: Session, draft: OrganisationDraft) -> RegistrationType | None:
    has_number = bool((draft.registration_number or "").strip())
    if has_number and draft.registration_type is None:
        _refuse("registration_type", "请选择这是哪一种登记号。")
    if has_number and (draft.credit_code or "").strip():
        _refuse("registration_number", "有统一社会信用代码的单位不用再填港澳登记号，请只留一项。")
    return draft.registration_type if has_number else None


def _registration_number(session: Session, draft: OrganisationDraft) -> str | None:
    given = (draft.registration_number or "").strip()
    if not given or draft.registration_type is None:
        return None
    return checked_registration(draft.registration_type, given)


def _website(session: Session, draft: OrganisationDraft) -> str | None:
    website = (draft.website or "").strip()
    if not website:
        return None
    if len(website) > MAX_WEBSITE or _WEBSITE.fullmatch(website) is None:
        _refuse("website", "网址应以 https:// 或 http:// 开头，例如 https://www.example.com。")
    return website


def _text(field: str, text: str, word: str, most: int) -> str:
    if len(text) > most:
        _refuse(field, f"{word}有 {len(text):,} 个字符，最多 {most:,} 个。")
    if is_binary(text) or has_script(text):
        _refuse(field, f"{word}里有不是文字的内容，请只保留文字。")
    return text


def _refuse(field: str, reason: str) -> NoReturn:
    raise Invalid([Problem(field, reason)])


CHECKS: dict[str, Callable[[Session, OrganisationDraft], Any]] = {
    "name": _name,
    "kind": _kind,
    "name_en": _name_en,
    "credit_code": _credit_code,
    "registration_type": _registration_type,
    "registration_number": _registration_number,
    "division_code": _division,
    "website": _website,
    "about": _about,
}
"""Column → its check, in the order of the form."""
