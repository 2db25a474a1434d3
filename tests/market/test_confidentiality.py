"""Field by field, tier by tier, reader by reader: what is read, and that nothing is found by it."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

import pytest
from sqlmodel import Session, col, select

from market import ledger
from market.actions import listings
from market.actions.listings import as_draft
from market.actions.recorded import KEPT_BACK, digest_of
from market.db import writing
from market.errors import Invalid
from market.matchmaking import Hit, MatchFilter, document_of
from market.models import (
    TABLES,
    TIERED,
    TIERED_BY,
    Assessment,
    Change,
    DisclosureState,
    Evidence,
    IndexChange,
    Kind,
    Listing,
    ListingState,
    Role,
    Stage,
    Suggestion,
    Tier,
)
from market.models.particulars import written
from market.queries.details import ListingDetail, listing_by_id
from market.queries.listings import ListingFilter, listing_page
from market.queries.organisations import organisation_by_id, organisation_page
from market.queries.rows import AmountRange, rows_for
from market.queries.suggestions import suggestions_for
from market.roles import OPERATOR_VIEWER, VISITOR_VIEWER, Viewer
from market.suggesting import make_some
from market.workflow import mark_stale
from tests.conftest import NOW, Maker, Site
from tests.market.kept import (
    EACH,
    HIGHEST,
    MEMBERS,
    OWNER,
    let_in,
    listing,
    readers,
)

AMOUNT = AmountRange(11_110_000, 22_220_000)
SEEN_AS = {"indicators": "qzindicator", "rights": "ZL2017", "holders": "qzholder"}
WITH_READINESS = {
    "stage": Stage.MIDDLE, "evidence": [Evidence.PILOT_REPORT], "assessment": Assessment.ASSESSED,
    "assessor": "qzassessor",
}  # fmt: skip


def told(row: ListingDetail) -> dict[str, bool]:
    """Of each field, whether the detail says what was written there."""
    said = {
        name: json.dumps(row.parts[name], default=str, ensure_ascii=False)
        for name in TIERED_BY[row.kind]
        if name in row.parts
    }
    rest = {name: SEEN_AS.get(name, f"qz{name}") in text for name, text in said.items()}
    return rest | {
        "owner": (row.owner_name, row.owner_id is not None) == (OWNER, True),
        "summary": "qzsummary" in row.summary,
        "keywords": row.keywords == ["qzkeyword"],
        "division": (row.division_code, row.division_name) == ("441803", "清新区"),
        "readiness": row.readiness == 7 and all(
            row.parts.get(name, value) == value for name, value in WITH_READINESS.items()
        ),
        "amount": row.amount == AMOUNT,
    }  # fmt: skip


@EACH
def test_a_field_is_read_exactly_by_those_who_may(
    kind: Kind, tiers: dict[str, Tier], make: Maker
) -> None:
    made = listing(make, kind, tiers)
    for who, viewer in readers(make, made).items():
        found = listing_by_id(make.session, kind, made.key, viewer)
        reads = {name: tier.level <= HIGHEST[who].level for name, tier in tiers.items()}
        assert told(found) == reads, who
        assert {name: name not in found.hidden for name in tiers} == reads, who


@EACH
def test_a_hidden_field_leaves_no_trace_in_what_a_reader_is_given(
    kind: Kind, tiers: dict[str, Tier], make: Maker
) -> None:
    """Whatever is added to a row later: no value of the field may stand in any part of it."""
    made = listing(make, kind, tiers, published_at=NOW.replace(hour=1))
    for who, viewer in readers(make, made).items():
        full = rows_for(make.session, kind, [made.key], viewer)[made.key]
        detail = listing_by_id(make.session, kind, made.key, viewer)
        document = document_of(full)
        for name, tier in tiers.items():
            values = TRACES.get(name, (SEEN_AS.get(name, f"qz{name}"),))
            if tier.level > HIGHEST[who].level:
                said = json.dumps(shown(detail, name), default=str, ensure_ascii=False)
                assert [value for value in values if value in said] == [], (who, name)
            if tier is not Tier.PUBLIC:
                held = json.dumps(document.to_json(), ensure_ascii=False)
                assert [v for v in values if v in held and v != "7"] == [], (who, name)
                assert name != "readiness" or document.facts.readiness is None, who


TRACES = {
    "owner": (OWNER,), "keywords": ("qzkeyword",), "division": ("441803", "清新区"),
    "readiness": ("7", "middle", "pilot-report", "assessed", "qzassessor"),
    "amount": ("11110000", "22220000"),
}  # fmt: skip


def shown(detail: ListingDetail, name: str) -> Any:
    """What to look for a field in: everything, but for a level, whose digit stands anywhere."""
    if name == "readiness":
        return [detail.readiness, {n: detail.parts.get(n) for n in ("readiness", *WITH_READINESS)}]
    left_out = ("id", "owner_id", "published_at", "changed_at", "created_at", "version")
    return {n: v for n, v in asdict(detail).items() if n not in left_out}


@pytest.mark.parametrize("tier", list(Tier)[1:])
def test_where_it_came_from_is_kept_back_with_the_owner(tier: Tier, make: Maker) -> None:
    made = listing(make, Kind.NEED, {"owner": tier}, source="甲公司需求表", source_id="7")
    found = listing_by_id(make.session, Kind.NEED, made.key, VISITOR_VIEWER)
    assert (found.source, found.source_id, found.owner_id) == (None, None, None)
    assert found.owner_name == "某企业（单位名称不公开）"


def test_an_excerpt_falls_back_to_what_may_be_read(make: Maker) -> None:
    kept = {"summary": Tier.BUREAU}
    both = {**kept, "body": Tier.REGISTERED}
    silent = {"problem": "", "background": "", "tried": "", "indicators": ()}
    made = [listing(make, Kind.NEED, tiers, **silent) for tiers in (kept, both)]
    rows = rows_for(make.session, Kind.NEED, [row.key for row in made], VISITOR_VIEWER)
    assert [rows[row.key].row.excerpt for row in made] == ["qzbody 渣铜分离", ""]
    assert [rows[row.key].text for row in made] == ["qzbody 渣铜分离", ""]


def test_an_empty_field_is_hidden_like_a_full_one(make: Maker) -> None:
    made = make.need(tiers={"amount": Tier.MATCHED})
    found = listing_by_id(make.session, Kind.NEED, made.key, VISITOR_VIEWER)
    assert found.hidden == {"amount": Tier.MATCHED}


# ---- finding works on what is public, for everybody alike


FINDERS: dict[str, list[dict[str, Any]]] = {
    "owner": [],
    "summary": [{"q": "qzsummary"}, {"q": "炉衬"}],
    "body": [{"q": "qzbody"}],
    "keywords": [{"q": "qzkeyword"}],
    "division": [{"divisions": ("441803",)}, {"divisions": ("441800",)},
                 {"divisions": ("440000",)}],
    "readiness": [{"readiness_min": 7}, {"readiness_max": 8}],
    "amount": [],
}  # fmt: skip
FINDERS |= {name: [{"q": SEEN_AS.get(name, f"qz{name}")}] for name in TIERED if name not in FINDERS}
"""Filters that find a listing through one of its fields."""
SEARCHED = ("summary", "keywords", "division", "readiness")
"""The fields by which lists are searched; the others are read by the matcher alone, or by none."""


@EACH
def test_no_filter_finds_anything_through_a_hidden_field(
    kind: Kind, tiers: dict[str, Tier], make: Maker
) -> None:
    made = listing(make, kind, tiers)
    hidden = [name for name, tier in tiers.items() if tier is not Tier.PUBLIC]
    for who, viewer in readers(make, made).items():
        for wanted in (each for name in hidden for each in FINDERS[name]):
            page = listing_page(make.session, ListingFilter(kind, **wanted), viewer)
            assert (page.rows, page.total) == ([], 0), (who, wanted)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [(name, wanted) for name, some in FINDERS.items() for wanted in some if name in SEARCHED],
)
def test_the_same_filters_find_what_is_public(
    name: str, wanted: dict[str, Any], make: Maker
) -> None:
    listing(make, Kind.ACHIEVEMENT)
    page = listing_page(make.session, ListingFilter(Kind.ACHIEVEMENT, **wanted), VISITOR_VIEWER)
    assert page.total == 1


@pytest.mark.parametrize("tier", list(Tier)[1:])
@pytest.mark.parametrize(
    "wanted", [{"amount_min": 99_999_999}, {"amount_max": 5}, {"amount_min": 1, "amount_max": 2}]
)
def test_a_hidden_amount_passes_as_negotiable(
    tier: Tier, wanted: dict[str, Any], make: Maker
) -> None:
    made = listing(make, Kind.NEED, {"amount": tier})
    for who, viewer in readers(make, made).items():
        page = listing_page(make.session, ListingFilter(Kind.NEED, **wanted), viewer)
        assert page.total == 1, who


BLANKS: dict[str, dict[str, Any]] = {
    "keywords": {"keywords": []}, "division": {"division_code": None},
    "readiness": {"readiness": None}, "amount": {"amount_min": None, "amount_max": None},
    "owner": {}, "indicators": {"indicators": []}, "rights": {"rights": []},
    "holders": {"holders": []},
}  # fmt: skip


@EACH
def test_facets_and_orders_are_those_of_a_listing_without_the_fields(
    kind: Kind, tiers: dict[str, Tier], make: Maker
) -> None:
    """Two lists, one with hidden fields and one where nothing was written: nobody can tell."""
    low = make.listing(kind, "甲", readiness=2, amount_max=100, division_code="441802")
    made = listing(make, kind, tiers, title="乙")
    high = make.listing(kind, "丙", readiness=9, amount_max=10**12, division_code="441803")
    some = ("visitor", "stranger", "disclosed owner", "appointed expert", "officer", "owner")
    viewers = {who: viewer for who, viewer in readers(make, made).items() if who in some}

    def seen() -> dict[str, Any]:
        return {
            who: [
                (sort, [row.id for row in page.rows], page.facets)
                for sort in ("readiness", "amount")
                for page in [listing_page(make.session, ListingFilter(kind, sort=sort), viewer)]
            ]
            for who, viewer in viewers.items()
        }

    written = seen()
    for name, tier in tiers.items():
        for column, value in BLANKS.get(name, {name: ""}).items():
            setattr(made, column, getattr(made, column) if tier is Tier.PUBLIC else value)
    make.session.flush()
    assert seen() == written
    assert len({str(each) for each in written.values()}) == 1
    assert {low.key, made.key, high.key} == set(written["visitor"][0][1])


@pytest.mark.parametrize("tier", list(Tier)[1:])
def test_a_hidden_owner_is_not_found_by_its_name(tier: Tier, make: Maker) -> None:
    made = listing(make, Kind.NEED, {"owner": tier})
    owner = made.owner_id
    for who, viewer in readers(make, made).items():
        page = listing_page(make.session, ListingFilter(Kind.NEED, organisation=owner), viewer)
        body = organisation_by_id(make.session, owner, viewer)
        [row] = organisation_page(make.session, viewer, q=OWNER).rows
        expected = int(who in MEMBERS)
        assert (page.total, len(page.rows), body.needs, row.needs) == (expected,) * 4, who


@pytest.mark.parametrize("tier", list(Tier))
def test_leaving_owners_out_tells_nothing_of_a_hidden_one(tier: Tier, make: Maker) -> None:
    made = listing(make, Kind.NEED, {"owner": tier})
    wanted = ListingFilter(Kind.NEED, excluded_owners=(made.owner_id,))
    for who, viewer in readers(make, made).items():
        total = listing_page(make.session, wanted, viewer).total
        assert total == int(tier is not Tier.PUBLIC), who


# ---- states


@pytest.mark.parametrize("state", list(ListingState))
def test_a_listing_is_seen_in_its_states_alone(state: ListingState, make: Maker) -> None:
    made = listing(make, Kind.NEED)
    viewers = readers(make, made)
    made.state = state
    make.session.flush()
    desk = ("officer", "approver", "supervisor")
    for who, viewer in viewers.items():
        is_hidden = state in (ListingState.DRAFT, ListingState.WITHDRAWN)
        is_open = state in (ListingState.PUBLISHED, ListingState.MATCHED)
        sees = is_open or who in MEMBERS or (who in desk and not is_hidden)
        assert bool(rows_for(make.session, Kind.NEED, [made.key], viewer)) is sees, who
        in_states = ListingFilter(Kind.NEED, states=tuple(ListingState))
        assert listing_page(make.session, in_states, viewer).total == int(sees), who
        listed = listing_page(make.session, ListingFilter(Kind.NEED), viewer)
        assert listed.total == int(state is ListingState.PUBLISHED), who


@pytest.mark.parametrize("number", [1, 30])
def test_reading_many_costs_four_queries(number: int, make: Maker, statements: list[str]) -> None:
    made = [listing(make, Kind.NEED, {"body": Tier.MATCHED}) for _ in range(number)]
    viewer = readers(make, made[0])["disclosed owner"]
    statements.clear()
    rows = rows_for(make.session, Kind.NEED, [row.key for row in made], viewer)
    assert (len(rows), len(statements)) == (number, 4)


# ---- the matcher


def index_of(site: Site) -> str:
    """All that the index holds, as text."""
    matcher = site.matchmaker.reader()
    assert matcher is not None
    return json.dumps([matcher.document(id).to_json() for id in sorted(matcher.ids)],
                      ensure_ascii=False)  # fmt: skip


def stored_reasons(site: Site) -> str:
    with site.read() as session:
        return json.dumps([row.reasons for row in session.exec(select(Suggestion))],
                          ensure_ascii=False)  # fmt: skip


def retiered(site: Site, kind: Kind, tiers: dict[str, Tier]) -> None:
    """Change tiers of the only listing of a kind, and nothing else."""
    with writing(site.engine) as session:
        row: Listing = session.exec(select(TABLES[kind].listing)).one()
        draft = replace(as_draft(session, row), tiers=tiers, source=row.source)
        assert listings.bring(session, row, draft, OPERATOR_VIEWER, NOW)


MARKS = {
    "summary": "qzsummary", "body": "qzbody", "keywords": "qzkeyword", "division": "441803",
    "readiness": "[7, 7]", "amount": "11110000", "owner": '"owner": "',
}  # fmt: skip
NEED = {"title": "再生铜熔炼", "summary": "qzsummary 炉衬寿命", "body": "qzbody 渣铜分离",
        "keywords": ("qzkeyword",), "division_code": "441803", "readiness": 7,
        "amount_max": 33_330_000}  # fmt: skip


def paired(site: Site, tiers: dict[str, Tier]) -> None:
    """A need in plain words, and an achievement that shares every one of them."""
    with writing(site.engine) as session:
        maker = Maker(session)
        maker.listing(Kind.NEED, **NEED)
        listing(maker, Kind.ACHIEVEMENT, tiers)
    site.settle()


@pytest.mark.parametrize("tier", list(Tier)[1:])
def test_what_is_not_public_is_not_in_the_index(tier: Tier, site: Site) -> None:
    with writing(site.engine) as session:
        listing(Maker(session), Kind.ACHIEVEMENT, dict.fromkeys(MARKS, tier))
    site.settle()
    held = index_of(site)
    assert [name for name, mark in MARKS.items() if mark in held] == []
    assert "再生铜熔炼" in held


def test_keeping_a_field_back_takes_it_out_of_index_and_reasons(site: Site) -> None:
    paired(site, {})
    held = index_of(site)
    assert all(mark in held for mark in MARKS.values())
    with site.read() as session:
        [row] = suggestions_for(session, Kind.NEED, 1, VISITOR_VIEWER)
    assert "炉衬" in {term.term for term in row.reasons.terms}
    assert {fact.fact for fact in row.reasons.facts} >= {"readiness", "money", "division"}
    retiered(site, Kind.ACHIEVEMENT, dict.fromkeys(MARKS, Tier.REGISTERED))
    with site.read() as session:  # before the indexer came round
        [row] = suggestions_for(session, Kind.NEED, 1, VISITOR_VIEWER)
        assert (row.reasons.terms, row.reasons.sentences, row.reasons.facts) == ((), None, ())
    site.settle()
    matcher = site.matchmaker.reader()
    assert matcher is not None
    document = matcher.document("achievement:1")
    assert ("qzsummary" in document.text, document.keywords, document.facts.owner) == (
        False, (), None,
    )  # fmt: skip
    reasons = stored_reasons(site)
    assert [mark for mark in ("炉衬", "分离", "qzkeyword") if mark in reasons] == []
    with site.read() as session:
        for side, id in ((Kind.NEED, 1), (Kind.ACHIEVEMENT, 1)):
            [row] = suggestions_for(session, side, id, VISITOR_VIEWER)
            assert {fact.fact for fact in row.reasons.facts}.isdisjoint(
                {"readiness", "money", "division"}
            )


def test_a_search_quotes_nothing_that_was_kept_back_just_now(site: Site) -> None:
    paired(site, {})
    retiered(site, Kind.ACHIEVEMENT, {"summary": Tier.BUREAU, "amount": Tier.BUREAU})
    with site.read() as session:  # the index still holds the old text
        result = site.matchmaker.match_text(
            session, "再生铜熔炼\nqzsummary 炉衬寿命", wanted=Kind.ACHIEVEMENT,
            viewer=VISITOR_VIEWER,
        )  # fmt: skip
    [row] = result.rows
    assert (row.reasons.terms, row.reasons.sentences, row.reasons.facts) == ((), None, ())


class Meanwhile:
    """A matchmaker during whose search a field is kept back."""

    def __init__(self, site: Site) -> None:
        self.site, self.made_by = site, site.matchmaker.made_by

    def suggest(self, *given: Any) -> list[Hit]:
        hits = self.site.matchmaker.suggest(*given)
        retiered(self.site, Kind.ACHIEVEMENT, {"summary": Tier.BUREAU})
        return hits


def test_what_is_kept_back_while_suggestions_are_made_is_not_stored(site: Site) -> None:
    paired(site, {})
    with writing(site.engine) as session:
        mark_stale(session, Kind.NEED, [1], NOW, spreads=False)
    matcher = site.matchmaker.reader()
    make_some(site.engine, Meanwhile(site), matcher, NOW, 1)  # type: ignore[arg-type]
    with site.read() as session:
        stored = session.exec(select(Suggestion).where(Suggestion.side == Kind.NEED)).all()
    assert stored == []
    site.settle()
    with site.read() as session:
        [row] = suggestions_for(session, Kind.NEED, 1, VISITOR_VIEWER)
    assert "炉衬" not in json.dumps(row.reasons.to_json(), ensure_ascii=False)


def test_making_it_public_again_brings_it_back(site: Site) -> None:
    paired(site, dict.fromkeys(MARKS, Tier.BUREAU))
    retiered(site, Kind.ACHIEVEMENT, dict.fromkeys(MARKS, Tier.PUBLIC))
    site.settle()
    assert "炉衬" in stored_reasons(site)
    with site.read() as session:
        wanted = ListingFilter(Kind.ACHIEVEMENT, q="qzkeyword")
        assert listing_page(session, wanted, VISITOR_VIEWER).total == 1


@pytest.mark.parametrize("name", ["summary", "body", "keywords", "division", "readiness", "amount"])
def test_a_score_is_that_of_a_listing_without_the_hidden_field(name: str, site: Site) -> None:
    """Two achievements, one with the field hidden and one without anything in it, score alike."""
    columns = {"division": ["division_code"], "amount": ["amount_min", "amount_max"]}.get(
        name, [name]
    )
    with writing(site.engine) as session:
        maker = Maker(session)
        listing(maker, Kind.ACHIEVEMENT, {name: Tier.MATCHED})
        blank = {"keywords": (), "summary": "", "body": ""}
        listing(maker, Kind.ACHIEVEMENT, **{column: blank.get(column) for column in columns})
    site.settle()
    with site.read() as session:
        found = site.matchmaker.match_text(
            session, "再生铜熔炼\nqzsummary 炉衬寿命 qzbody 渣铜分离 qzkeyword",
            wanted=Kind.ACHIEVEMENT, viewer=VISITOR_VIEWER,
        )  # fmt: skip
    first, second = found.rows
    assert (first.score, first.reasons) == (second.score, second.reasons)


@pytest.mark.parametrize(
    ("name", "filters"),
    [
        ("division", {"divisions": ("441800",)}),
        ("readiness", {"readiness_min": 9}),
        ("amount", {"amount_max": 5}),
        ("owner", {"excluded_owners": (1,)}),
    ],
)
def test_conditions_of_a_match_and_their_count_ask_for_what_is_public(
    name: str, filters: dict[str, Any], site: Site
) -> None:
    with writing(site.engine) as session:
        listing(Maker(session), Kind.ACHIEVEMENT, {name: Tier.MATCHED})
    site.settle()
    passes = 0 if name == "division" else 1
    for viewer in (VISITOR_VIEWER, OPERATOR_VIEWER):
        with site.read() as session:
            result = site.matchmaker.match_text(
                session, "再生铜熔炼", wanted=Kind.ACHIEVEMENT, viewer=viewer,
                filters=MatchFilter(**filters),
            )  # fmt: skip
        assert (len(result.rows), result.total_considered) == (passes, passes)


def test_spans_count_in_the_public_text_whoever_looks(site: Site) -> None:
    paired(site, {"summary": Tier.MATCHED})
    with site.read() as session:
        result = site.matchmaker.match_text(
            session, "渣铜分离", wanted=Kind.ACHIEVEMENT, viewer=OPERATOR_VIEWER
        )
    [row] = result.rows
    assert ("qzsummary" in row.text, "qzsummary" in row.listing.summary) == (False, True)
    assert row.text.endswith("qzbody 渣铜分离")
    pair = row.reasons.sentences
    assert pair is not None
    assert row.text[pair.document.start : pair.document.end] == pair.document.text


# ---- writing


def test_a_tier_that_changes_alone_is_a_change(make: Maker, session: Session) -> None:
    made = listing(make, Kind.NEED)
    session.flush()
    before = session.exec(select(IndexChange.seq).order_by(col(IndexChange.seq).desc())).first()
    draft = replace(as_draft(session, made), tiers={"summary": Tier.MATCHED})
    assert listings.bring(session, made, draft, OPERATOR_VIEWER, NOW)
    after = session.exec(select(IndexChange.seq).order_by(col(IndexChange.seq).desc())).first()
    assert (made.version, made.summary_tier, "qzsummary" in made.search_text) == (
        2, Tier.MATCHED, False,
    )  # fmt: skip
    assert after != before
    assert not listings.bring(session, made, draft, OPERATOR_VIEWER, NOW)


def test_importing_again_keeps_the_tiers(make: Maker, session: Session) -> None:
    made = listing(
        make, Kind.NEED, {"body": Tier.MATCHED, "summary": Tier.BUREAU}, source="库", source_id="1"
    )
    again = make.draft(
        "新题目",
        owner_id=made.owner_id,
        source="库",
        source_id="1",
        summary="qznew",
        body="qzbody2",
    )
    listings.record(session, Kind.NEED, [again], OPERATOR_VIEWER, NOW)
    assert (made.body_tier, made.summary_tier, made.title) == (
        Tier.MATCHED, Tier.BUREAU, "新题目",
    )  # fmt: skip
    assert "qznew" not in made.search_text


@EACH
def test_the_record_of_changes_holds_no_hidden_value(
    kind: Kind, tiers: dict[str, Tier], make: Maker
) -> None:
    columns = {"division": ["division_code"], "amount": ["amount_min", "amount_max"],
               "owner": ["owner_id"]}  # fmt: skip
    made = listing(make, kind, tiers)
    [recorded] = [
        row.after for row in make.session.exec(select(Change).where(Change.noun == kind.value))
        if row.action == "listing.record" and row.noun_id == made.key
    ]  # fmt: skip
    for name, tier in tiers.items():
        values = [recorded[column] for column in columns.get(name, [name])]
        if name == "contact" or (tier is not Tier.PUBLIC and name in FEW_VALUES):
            assert set(values) == {KEPT_BACK}
        elif tier is not Tier.PUBLIC:
            assert values == [digest_of(plain(getattr(made, name)))]
        else:
            assert KEPT_BACK not in values
            assert "sha256" not in str(values)
    assert recorded["title"] == "再生铜熔炼"


FEW_VALUES = ("amount", "division", "holders", "owner", "readiness")


def plain(stored: Any) -> Any:
    """A column as JSON has it."""
    return (
        [each if isinstance(each, str) else written(each) for each in stored]
        if isinstance(stored, list)
        else stored
    )


def test_the_record_tells_each_side_of_a_change_by_its_own_tier(
    make: Maker, session: Session
) -> None:
    made = listing(make, Kind.NEED)
    draft = as_draft(session, made)
    hidden = replace(draft, body="第二稿", tiers={"body": Tier.MATCHED})
    listings.bring(session, made, hidden, OPERATOR_VIEWER, NOW)
    shown = replace(draft, body="第三稿", tiers={"body": Tier.PUBLIC})
    listings.bring(session, made, shown, OPERATOR_VIEWER, NOW)
    query = select(Change).where(Change.action == "listing.change").order_by(col(Change.id))
    first, second = session.exec(query).all()
    assert (first.before["body"], first.after["body"]) == (draft.body, digest_of("第二稿"))
    assert (second.before["body"], second.after["body"]) == (digest_of("第二稿"), "第三稿")
    assert ledger.verify(session).holds


def test_a_tier_of_no_field_is_refused(make: Maker, session: Session) -> None:
    with pytest.raises(Invalid, match="不能设定谁可以看"):
        listings.check(session, [make.draft(tiers={"title": Tier.BUREAU})], NOW)


# ---- disclosures that end


@pytest.mark.parametrize("state", [DisclosureState.ENDED, DisclosureState.REFUSED])
def test_a_disclosure_that_ends_hides_it_again(
    state: DisclosureState, make: Maker, session: Session
) -> None:
    made = listing(make, Kind.NEED, {"body": Tier.MATCHED})
    viewer = make.member(make.owner(), Role.VIEWER)
    given = let_in(session, made, DisclosureState.GRANTED, organisation=viewer.acting_for)
    given.requested_by = viewer.person_id or 0
    assert told(listing_by_id(session, Kind.NEED, made.key, viewer))["body"]
    given.state = state
    session.flush()
    assert not told(listing_by_id(session, Kind.NEED, made.key, viewer))["body"]


def test_a_disclosure_is_of_one_listing(make: Maker, session: Session) -> None:
    first, second = (listing(make, Kind.NEED, {"body": Tier.MATCHED}) for _ in range(2))
    other = listing(make, Kind.ACHIEVEMENT, {"body": Tier.MATCHED})
    viewer = make.member(make.owner(), Role.OWNER)
    let_in(session, first, DisclosureState.GRANTED, organisation=viewer.acting_for).requested_by = (
        viewer.person_id or 0
    )
    read = [
        told(listing_by_id(session, row.kind, row.key, viewer))["body"]
        for row in (first, second, other)
    ]
    assert read == [True, False, False]


def test_leaving_the_organisation_ends_what_it_was_let_in_for(
    make: Maker, session: Session
) -> None:
    made = listing(make, Kind.NEED, {"body": Tier.MATCHED})
    member = make.member(make.owner(), Role.OWNER)
    let_in(session, made, DisclosureState.GRANTED, organisation=member.acting_for).requested_by = (
        member.person_id or 0
    )
    left = Viewer(member.roles, member.name, member.person_id)
    assert not told(listing_by_id(session, Kind.NEED, made.key, left))["body"]
