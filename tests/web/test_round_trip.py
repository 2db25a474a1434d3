"""Every part of both kinds, through every way in and out and back: the same as before.

store   the database                 versions   what is kept of each change
form    as its page shows it         api        as a program reads it and sends it back
files   exported as Excel, CSV and JSON, and read by the import
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, select
from starlette.datastructures import FormData

from market import contents
from market.actions import listings
from market.actions.drafts import ListingDraft, known_codes, problems_of
from market.actions.particulars_problems import kind_of_number
from market.exports import Sheet, write
from market.identifiers import patent_check
from market.imports import values
from market.imports.lines import read_jsonl
from market.imports.rows import Reading, read_row
from market.imports.tables import read_csv, read_xlsx
from market.models import (
    TIERED_BY,
    Assessment,
    CooperationMode,
    Division,
    Evidence,
    Field,
    Holder,
    Holding,
    Indicator,
    Kind,
    Listing,
    ListingVersion,
    OrganisationKind,
    Right,
    RightKind,
    RightStatus,
    Role,
    Stage,
    Tier,
)
from market.queries.details import listing_by_id
from market.queries.exports import own_rows
from market.roles import Viewer
from market.texts import has_script
from tests.conftest import NOW, Maker, rolled_back
from web.api.listings import detail_of
from web.api.posting_models import ListingIn
from web.forms.fields import entered_of
from web.forms.posting import posting

EXAMPLES = settings(
    max_examples=25, deadline=None, database=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
SIGNS = "aZ0 9中文繁體é—→×℃“、，,；;|：:=+-@＝'\"\\/#*_&%()（）<>~。.nx005F"
LINES = SIGNS + "\n\t"
FIELDS = ["NM08", "TI05"]
DIVISIONS = ["440100", "441802"]
NUMBERS = [f"{digits}.{patent_check(digits)}" for digits in (
    "201710601862", "202020000001", "202130000002", "200680000003",
)]  # fmt: skip


def line(most: int, *, least: int = 0) -> st.SearchStrategy[str]:
    """What a field of one line holds: no spaces at its ends, and one at a time inside."""
    found = st.text(SIGNS, min_size=least, max_size=most).map(lambda text: " ".join(text.split()))
    return found.filter(lambda text: len(text) >= least and not has_script(text))


def named(most: int) -> st.SearchStrategy[str]:
    """A line that says something."""
    return line(most).map(lambda text: f"{text}甲".strip())


def text() -> st.SearchStrategy[str]:
    return st.text(LINES, max_size=60).map(str.strip).filter(lambda text: not has_script(text))


DAYS = st.dates(date(1990, 1, 1), date(2026, 11, 1))
INDICATORS = st.builds(Indicator, named(20), line(20), named(20), line(8))
PATENTS = st.builds(
    lambda number, is_granted, name: Right(
        kind_of_number(number), f"ZL{number}" if is_granted else number, name
    ),
    st.sampled_from(NUMBERS), st.booleans(), line(20),
)  # fmt: skip
OTHERS = st.builds(
    Right, st.sampled_from([kind for kind in RightKind if not kind.is_patent]), line(20), named(20)
)
CHECKED = st.builds(
    lambda right, status, day: replace(right, status=status, checked_on=day),
    PATENTS | OTHERS, st.sampled_from(RightStatus), DAYS,
)  # fmt: skip
HOLDERS = st.builds(
    Holder, named(20), st.sampled_from(Holding), st.none() | st.integers(1, 100), st.none() | DAYS
)
FEN = st.none() | st.integers(0, 10**14)
WORDS = st.lists(named(12), max_size=5, unique=True).map(tuple)


def some_of(choices: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    """Some of a closed set, in its order."""
    return st.sets(st.sampled_from(list(choices))).map(
        lambda chosen: tuple(each for each in choices if each in chosen)
    )


def drafts(kind: Kind) -> st.SearchStrategy[ListingDraft]:
    """Any listing that nothing is wrong with."""
    parts: dict[str, Any] = {
        "title": named(60), "owner_id": st.just(0), "summary": text(), "body": text(),
        "keywords": WORDS, "field_codes": some_of(FIELDS),
        "division_code": st.none() | st.sampled_from(DIVISIONS),
        "readiness": st.none() | st.integers(1, 9), "modes": some_of(CooperationMode),
        "amount_min": FEN, "amount_max": FEN,
        "indicators": st.lists(INDICATORS, max_size=4).map(tuple), "contact": line(60),
        "tiers": st.fixed_dictionaries({n: st.sampled_from(Tier) for n in TIERED_BY[kind]}),
    }  # fmt: skip
    if kind is Kind.NEED:
        parts |= {name: text() for name in ("background", "problem", "tried")}
        parts |= {"wanted_by": st.none() | DAYS}
    else:
        parts |= {name: text() for name in ("innovation", "cases", "team")}
        parts |= {
            "stage": st.none() | st.sampled_from(Stage), "evidence": some_of(Evidence),
            "assessment": st.none() | st.sampled_from(Assessment), "assessor": named(30),
            "rights": st.lists(PATENTS | OTHERS | CHECKED, max_size=4).map(tuple),
            "holders": st.lists(HOLDERS, max_size=3).map(tuple),
        }  # fmt: skip
    return st.builds(ListingDraft, **parts).map(_ordered)


def _ordered(draft: ListingDraft) -> ListingDraft:
    """With its amounts in order, and shares that come to no more than everything."""
    ends = (draft.amount_min, draft.amount_max)
    low, high = sorted(ends) if None not in ends else ends  # type: ignore[type-var]
    holders = tuple(replace(each, share=each.share and each.share // 3) for each in draft.holders)
    holders = tuple(replace(each, share=each.share or None) for each in holders)
    return replace(draft, amount_min=low, amount_max=high, holders=holders)


@contextmanager
def stored(engine: Engine, kind: Kind, draft: ListingDraft) -> Iterator[Stored]:
    with rolled_back(engine) as session:
        yield Stored(session, kind, draft)


class Stored:
    """A listing in the database, and a member of its organisation."""

    def __init__(self, session: Session, kind: Kind, draft: ListingDraft) -> None:
        self.session, self.kind = session, kind
        make = Maker(session)
        owner = make.owner("示例单位", kind=OrganisationKind.INSTITUTION)
        self.viewer: Viewer = make.member(owner, Role.OWNER)
        self.draft = replace(draft, owner_id=owner.id or 0)
        assert problems_of(self.draft, known_codes(session), NOW) == []
        self.row: Listing = listings.store(session, kind, self.draft, self.viewer, NOW)

    def read(self, path: Path) -> ListingDraft:
        """What the import makes of a file."""
        self_known = known_codes(self.session)
        reading = Reading(
            self.kind, "", self_known,
            values.index_of(self.session.exec(select(Field.code, Field.name))),
            values.index_of(self.session.exec(select(Division.code, Division.name))), (), NOW,
        )  # fmt: skip
        (row,) = READERS[path.suffix](path).rows
        found = read_row(row, reading)
        assert found.problems == []
        return replace(found.draft, owner_id=self.draft.owner_id)


READERS: dict[str, Any] = {".csv": read_csv, ".xlsx": read_xlsx, ".jsonl": read_jsonl}
ANEW = {"source": None, "source_id": None, "published_at": None}


def same(draft: ListingDraft) -> dict[str, Any]:
    """What a draft says, without who may read what everybody may, and what only a file says."""
    tiers = {name: tier for name, tier in draft.tiers.items() if tier.level}
    plain = replace(draft, **ANEW, tiers=tiers, language=ListingDraft.language)  # type: ignore[arg-type]
    return {name: getattr(plain, name) for name in ListingDraft.__slots__}


@pytest.mark.parametrize("kind", list(Kind))
def test_through_the_store_and_its_versions(kind: Kind, engine: Engine) -> None:
    @EXAMPLES
    @given(drafts(kind))
    def tried(draft: ListingDraft) -> None:
        with stored(engine, kind, draft) as held:
            assert same(listings.as_draft(held.session, held.row)) == same(held.draft)
            version = held.session.exec(select(ListingVersion)).one()
            content = json.loads(json.dumps(version.content))
            blank = ListingDraft("", held.draft.owner_id)
            assert same(contents.read(kind, content, blank)) == same(held.draft)

    tried()


@pytest.mark.parametrize("kind", list(Kind))
def test_through_the_form(kind: Kind) -> None:
    @EXAMPLES
    @given(drafts(kind))
    def tried(draft: ListingDraft) -> None:
        draft = replace(draft, owner_id=1)
        fields = [(name, v) for name, many in entered_of(draft).items() for v in many]
        sent = parse_qsl(urlencode(fields), keep_blank_values=True)
        found = posting(FormData(sent), kind)
        assert found.problems == []
        assert same(found.draft) == same(draft)

    tried()


@pytest.mark.parametrize("kind", list(Kind))
def test_through_the_api(kind: Kind, engine: Engine) -> None:
    @EXAMPLES
    @given(drafts(kind))
    def tried(draft: ListingDraft) -> None:
        with stored(engine, kind, draft) as held:
            listing = listing_by_id(held.session, kind, held.row.key, held.viewer)
            answer = json.loads(detail_of(listing, [], held.viewer).model_dump_json())
            given = {name: answer[name] for name in ListingIn.model_fields if name in answer}
            given |= {
                "organisation": answer["owner"]["id"],
                "fields": [field["code"] for field in answer["fields"]],
                "division": answer["division"] and answer["division"]["code"],
                "amount_min": answer["amount"] and answer["amount"]["low"],
                "amount_max": answer["amount"] and answer["amount"]["high"],
            }
            kept = {name for name in given if name not in OF_THE_OTHER[kind]}
            sent = ListingIn.model_validate_json(json.dumps({n: given[n] for n in kept}))
            assert same(sent.draft(kind)) == same(held.draft)

    tried()


OF_THE_OTHER = {
    Kind.NEED: ("innovation", "cases", "stage", "evidence", "assessment", "assessor", "rights",
                "holders", "team"),
    Kind.ACHIEVEMENT: ("background", "problem", "tried", "wanted_by"),
}  # fmt: skip


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("format", ["csv", "xlsx", "jsonl"])
def test_through_files(kind: Kind, format: str, engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / f"listings.{format}"

    @EXAMPLES
    @given(drafts(kind))
    def tried(draft: ListingDraft) -> None:
        with stored(engine, kind, draft) as held:
            with path.open("wb") as file:
                write(format, [Sheet(kind, own_rows(held.session, kind, held.viewer))], file)
            assert same(held.read(path)) == same(held.draft)

    tried()
