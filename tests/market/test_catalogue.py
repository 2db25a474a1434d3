"""Lists from memory: the same answers as the tables give, at every moment, or none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import cycle, product
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine, event

from market.actions import needs
from market.catalogue import Catalogue, Finding, columns_for
from market.catalogue import holding as holding_module
from market.db import session_for, writing
from market.models import CooperationMode, Kind, Language, Need, Organisation, Role, Tier
from market.queries.asking import Asking
from market.queries.listings import SORTS, ListingFilter, listing_page
from market.roles import OPERATOR_VIEWER, VISITOR_VIEWER, Viewer
from tests.conftest import NOW, Maker

FIELDS = ("NM01", "NM02", "TI03", "SO01")
DIVISIONS = (None, "441802", "441803", "440100", "810000")
MODES = tuple(CooperationMode)[:3]
TIERED = ("owner", "division", "readiness", "amount", "keywords")
Kept = list[int]


def random_draft(maker: Maker, random: Random, owners: Kept) -> Any:
    low = random.choice([None, 0, 50, 500])
    return maker.draft(
        random.choice(["窑炉余热", "再生铜", "锗回收", "Ratio strip"]),
        owner_id=random.choice(owners), summary=random.choice(["", "换热器", "提纯 5N"]),
        keywords=tuple(random.sample(["余热", "节能"], random.randrange(3))),
        field_codes=tuple(random.sample(FIELDS, random.randrange(4))),
        division_code=random.choice(DIVISIONS), readiness=random.choice([None, *range(1, 10)]),
        modes=tuple(random.sample(MODES, random.randrange(3))), amount_min=low,
        amount_max=random.choice([None, 900 if low is None else low + 100]),
        language=random.choice(list(Language)),
        published_at=NOW - timedelta(hours=random.randrange(40)),
        tiers={name: random.choice(list(Tier)) for name in TIERED if random.random() < 0.3},
    )  # fmt: skip


@pytest.fixture
def owners(engine_apart: Engine) -> Kept:
    """Ninety needs of three organisations."""
    random = Random(5)
    with writing(engine_apart) as session:
        maker = Maker(session)
        owners = [maker.owner().id or 0 for _ in range(3)]
        drafts = [random_draft(maker, random, owners) for _ in range(90)]
        maker.listings(Kind.NEED, drafts)
    return owners


@pytest.fixture
def catalogue(engine_apart: Engine, owners: Kept) -> Iterator[Catalogue]:
    held = Catalogue(engine_apart)
    held.refresh()
    yield held
    held.stop()


def questions(owners: Kept) -> Iterator[ListingFilter]:
    random = Random(7)
    choices: dict[str, list[Any]] = {
        "q": ["", "余热", "换热器 窑", "5n", "%", "没有"],
        "fields": [(), ("NM",), ("NM01", "TI"), ("ZZ",)],
        "divisions": [(), ("441800",), ("440000",), ("810000", "440100")],
        "modes": [(), MODES[:1], MODES[1:]],
        "readiness_min": [None, 4], "readiness_max": [None, 6],
        "amount_min": [None, 60], "amount_max": [None, 300],
        "organisation": [None, None, owners[0]], "excluded_owners": [(), (owners[1],)],
        "language": [None, None, *Language], "unknown_passes": [False, True],
    }  # fmt: skip
    for name, values in choices.items():
        yield from (ListingFilter(Kind.NEED, **{name: value}) for value in values)
    for _ in range(150):
        some = random.sample(sorted(choices), 4)
        yield ListingFilter(Kind.NEED, **{name: random.choice(choices[name]) for name in some})


def members(session: Any, owners: Kept) -> list[Viewer]:
    body = session.get(Organisation, owners[0])
    return [VISITOR_VIEWER, Maker(session).member(body, Role.VIEWER), OPERATOR_VIEWER]


def test_memory_and_tables_answer_alike(catalogue: Catalogue, owners: Kept) -> None:
    with catalogue.session() as session:
        viewers = members(session, owners)
        session.rollback()
        columns = columns_for(session, Kind.NEED)
        assert columns is not None
        assert len(columns) == 90
        for wanted, viewer in product(questions(owners), viewers):
            asked, found = Asking(session, wanted, viewer), Finding(columns, wanted, viewer)
            assert found.total() == asked.total(), wanted
            assert found.counts() == asked.counts(), wanted


@pytest.mark.parametrize("sort", [*SORTS, "nonsense"])
def test_memory_and_tables_order_alike(catalogue: Catalogue, owners: Kept, sort: str) -> None:
    with catalogue.session() as session:
        columns = columns_for(session, Kind.NEED)
        assert columns is not None
        for q, page in product(("", "余热"), (1, 2, 9)):
            wanted = ListingFilter(Kind.NEED, q=q, sort=sort)
            asked = Asking(session, wanted, VISITOR_VIEWER).ids(page, 7)
            assert Finding(columns, wanted, VISITOR_VIEWER).ids(page, 7) == asked


def test_memory_follows_every_change(catalogue: Catalogue, owners: Kept) -> None:
    """After each of them, without being told."""
    random = Random(11)
    for step in range(12):
        with writing(catalogue._engine) as session:
            row = session.get_one(Need, random.randrange(1, 90))
            maker = Maker(session)
            if step % 3 == 0 and row.state.value == "published":
                needs.withdraw(session, row, OPERATOR_VIEWER, NOW)
            elif step % 3 == 1 and row.state.value == "published":
                needs.change(session, row, random_draft(maker, random, owners),
                             OPERATOR_VIEWER, NOW)  # fmt: skip
            else:
                maker.listings(Kind.NEED, [random_draft(maker, random, owners)])
        with catalogue.session() as session:
            columns = columns_for(session, Kind.NEED)
            assert columns is not None
            for asked_for, sort in zip([*questions(owners)][::9], cycle(SORTS), strict=False):
                wanted = replace(asked_for, sort=sort)
                found = Finding(columns, wanted, VISITOR_VIEWER)
                asked = Asking(session, wanted, VISITOR_VIEWER)
                assert found.counts() == asked.counts()
                assert found.ids(1, 100) == asked.ids(1, 100)


def test_what_is_not_committed_is_nobody_elses(catalogue: Catalogue) -> None:
    """Whoever writes asks the tables, whoever reads beside them sees nothing of it."""
    wanted = ListingFilter(Kind.NEED)
    with session_for(catalogue._engine, writes=True) as session:
        Maker(session).need()
        session.flush()
        assert columns_for(session, Kind.NEED) is None
        assert listing_page(session, wanted, VISITOR_VIEWER).total == 91
        with catalogue.session() as beside:
            assert listing_page(beside, wanted, VISITOR_VIEWER).total == 90
        session.rollback()


def test_whoever_began_earlier_asks_the_tables(catalogue: Catalogue) -> None:
    with catalogue.session() as early:
        assert columns_for(early, Kind.NEED) is not None
        with writing(catalogue._engine) as session:
            Maker(session).need()
        catalogue.refresh()
        assert columns_for(early, Kind.NEED) is None
        assert listing_page(early, ListingFilter(Kind.NEED), VISITOR_VIEWER).total == 90


def test_far_behind_the_tables_are_asked(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding_module, "AT_ONCE", 2)
    with writing(catalogue._engine) as session:
        for _ in range(3):
            Maker(session).need()
    with catalogue.session() as session:
        assert columns_for(session, Kind.NEED) is None
        assert listing_page(session, ListingFilter(Kind.NEED), VISITOR_VIEWER).total == 93
    catalogue.refresh()
    with catalogue.session() as session:
        assert columns_for(session, Kind.NEED) is not None


def test_before_it_is_made_and_without_it_the_tables_are_asked(
    engine_apart: Engine, owners: Kept
) -> None:
    for session in (Catalogue(engine_apart).session(), session_for(engine_apart)):
        with session:
            assert columns_for(session, Kind.NEED) is None
            assert listing_page(session, ListingFilter(Kind.NEED), VISITOR_VIEWER).total == 90


@pytest.mark.parametrize("kind", list(Kind))
def test_nothing_published_is_a_catalogue_too(engine_apart: Engine, kind: Kind) -> None:
    held = Catalogue(engine_apart)
    held.refresh()
    with held.session() as session:
        page = listing_page(session, ListingFilter(kind, fields=("NM",), q="a"), VISITOR_VIEWER)
    assert (page.total, page.rows, page.facets["modes"]) == (0, [], [])


@pytest.mark.parametrize("number", [1, 30, 300])
def test_a_list_from_memory_costs_the_same_whatever_it_holds(
    engine_apart: Engine, number: int
) -> None:
    with writing(engine_apart) as session:
        maker = Maker(session)
        owner = maker.owner().id
        maker.listings(Kind.NEED, [
            maker.draft(f"第{n}", owner_id=owner, field_codes=("NM01",)) for n in range(number)
        ])  # fmt: skip
    held = Catalogue(engine_apart)
    held.refresh()
    sent: list[str] = []
    event.listen(engine_apart, "before_cursor_execute", lambda *given: sent.append(given[2]))
    with held.session() as session:
        wanted = ListingFilter(Kind.NEED, q="第", fields=("NM",), sort="amount")
        listing_page(session, wanted, VISITOR_VIEWER)
    assert len([each for each in sent if each != "BEGIN"]) == 6
