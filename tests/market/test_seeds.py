"""What a fresh installation knows, and the rules that its demo content keeps."""

from __future__ import annotations

import pytest
from sqlmodel import func, select

from market.actions import demo, sign_ins
from market.actions.listings import Recorded
from market.models import (
    TABLES,
    Change,
    Field,
    Kind,
    Language,
    ListingState,
    Need,
    Organisation,
    Person,
    Report,
    Role,
    Standing,
    Tier,
)
from market.models.answers import Answer
from market.models.enums import RightStatus, Verdict
from market.models.saved import SavedItem, SavedList
from market.models.sketches import Sketch
from market.models.versions import ListingVersion
from market.parts import text_of
from market.queries.people import viewer_for
from market.roles import PLATFORM_ROLES
from seeds import accounts, activity, queue
from seeds.load import load


@pytest.fixture
def loaded(session, now):
    return load(session, now)


def test_sixty_needs_and_a_hundred_and_eighty_achievements(loaded):
    assert (loaded.needs.created, loaded.achievements.created) == (60, 180)


def test_loading_again_changes_nothing(loaded, session, now):
    before = len(session.exec(select(Change.id)).all())
    again = load(session, now)
    assert (again.needs, again.achievements) == (Recorded(unchanged=60), Recorded(unchanged=180))
    assert len(session.exec(select(Change.id)).all()) == before


def test_an_empty_installation_holds_only_what_is_real(session, now):
    load(session, now, demo=False)
    assert {body.is_demo for body in session.exec(select(Organisation))} == {False}
    assert session.exec(select(Need)).all() == []


@pytest.mark.parametrize("kind", list(Kind))
def test_every_demo_listing_belongs_to_a_demo_body(kind, loaded, session):
    table = TABLES[kind].listing
    owned = select(table.is_demo, Organisation.is_demo).join(
        Organisation, Organisation.id == table.owner_id
    )
    assert set(session.exec(owned)) == {(True, True)}


@pytest.mark.parametrize("kind", list(Kind))
def test_texts_are_as_long_as_a_fair_test_needs(kind, loaded, make):
    def bounds(row):
        return (350, 900) if row.language is Language.ENGLISH else (150, 600)

    def length(row):
        return len(text_of(kind, lambda name: "" if name == "summary" else getattr(row, name)))

    lengths = {row.source_id: (length(row), *bounds(row)) for row in make.all(kind)}
    assert {id: of for id, of in lengths.items() if not of[1] <= of[0] <= of[2]} == {}


def test_half_the_needs_and_many_achievements_say_all_their_parts(loaded, session, make):
    needs = [row for row in make.all(Kind.NEED) if row.problem and row.indicators]
    offers = [row for row in make.all(Kind.ACHIEVEMENT) if row.innovation and row.indicators]
    assert len(needs) >= 30
    assert len(offers) >= 50
    assert {row.language for row in offers} == set(Language)
    assert all(row.holders and row.stage and row.evidence and row.assessment for row in offers)
    for kind, rows in ((Kind.NEED, needs), (Kind.ACHIEVEMENT, offers)):
        link = TABLES[kind].fields
        codes = select(link.field_code).where(link.listing_id.in_([row.id for row in rows]))
        assert {code[:2] for code in session.exec(codes)} == {"NM", "TI", "DE", "BM", "AG", "SO"}


def test_no_number_owner_or_assessor_of_the_demo_could_be_real(loaded, make):
    offers = make.all(Kind.ACHIEVEMENT)
    assert {right.number for row in offers for right in row.rights} == {""}
    patents = [right for row in offers for right in row.rights if right.kind.is_patent]
    assert {(right.status, right.checked_on is None) for right in patents} == {
        (RightStatus.PENDING, False)
    }
    names = {holder.name for row in offers for holder in row.holders}
    assert {name[:2] for name in names} == {"示例"}
    assert {row.assessor for row in offers} == {"", "示例检测机构"}


@pytest.mark.parametrize("kind", list(Kind))
def test_whom_to_call_in_the_demo_is_nobody_and_not_for_everybody(kind, loaded, make):
    rows = [row for row in make.all(kind) if row.contact]
    assert {(row.contact, row.contact_tier) for row in rows} == {
        ("示例联系人 demo@example.invalid", Tier.REGISTERED)
    }


def test_every_leaf_field_has_an_achievement(loaded, session):
    link = TABLES[Kind.ACHIEVEMENT].fields
    leaves = set(session.exec(select(Field.code).where(Field.parent_code.is_not(None))))
    assert leaves - set(session.exec(select(link.field_code))) == set()


def test_there_is_a_demo_account_for_every_role(loaded, session, now):
    assert accounts.load(session, now, "云峰 paper 4417") == 11
    assert accounts.load(session, now, "云峰 paper 4417") == 0
    people = session.exec(select(Person).where(Person.is_demo)).all()
    viewers = [viewer_for(session, person.key) for person in people]
    assert set(PLATFORM_ROLES) <= set().union(*(viewer.roles for viewer in viewers))
    assert {person.email.partition("@")[2] for person in people} == {"example.invalid"}
    assert all("示例" in person.name for person in people)


def test_demo_organisations_with_accounts_can_publish(loaded, session, now):
    accounts.load(session, now, "云峰 paper 4417")
    owner = session.exec(select(Person).where(Person.email == "enterprise@example.invalid")).one()
    [id] = viewer_for(session, owner.key).memberships
    assert session.get(Organisation, id).standing is Standing.VERIFIED
    assert Role.OWNER in viewer_for(session, owner.key).memberships[id]


def test_the_password_of_the_demo_is_this_installations_own(tmp_path, loaded, session, now):
    one, other = (accounts.password_of(tmp_path / name) for name in "ab")
    assert one != other == accounts.password_of(tmp_path / "b")
    assert (tmp_path / "a" / accounts.PASSWORD_FILE).stat().st_mode & 0o077 == 0
    accounts.load(session, now, one)
    assert sign_ins.authenticate(session, "officer@example.invalid", one) is not None
    assert sign_ins.authenticate(session, "officer@example.invalid", other) is None


def test_something_waits_on_the_desk_of_the_demo(loaded, session, now):
    accounts.load(session, now, "云峰 paper 4417")
    assert queue.load(session, now)
    assert not queue.load(session, now)
    [need] = session.exec(select(Need).where(Need.title == queue.TITLE))
    [report] = session.exec(select(Report))
    assert (need.state, need.is_demo) == (ListingState.IN_REVIEW, True)
    assert report.listing_id != need.id


def test_the_demo_accounts_have_answered_saved_and_begun_something(loaded, session, now):
    accounts.load(session, now, "云峰 paper 4417")
    assert activity.load(session, now) == 17
    said = session.exec(select(Answer)).all()
    assert len(said) == 14
    assert {answer.verdict for answer in said} == set(Verdict)
    held = select(SavedList.name, func.count(SavedItem.id)).join(SavedItem).group_by(SavedList.id)
    assert set(session.exec(held)) == {("铜杆改造备选", 4), ("下次对接会带去", 4)}
    [sketch] = session.exec(select(Sketch))
    assert (sketch.step, sketch.listing_id) == ("measure", None)


def test_what_somebody_did_with_a_demo_account_stays(loaded, session, now):
    accounts.load(session, now, "云峰 paper 4417")
    activity.load(session, now)
    [first, *_] = session.exec(select(Answer).order_by(Answer.id))
    session.delete(first)
    session.flush()
    assert activity.load(session, now) == 0
    assert len(session.exec(select(Answer)).all()) == 13


def test_purging_the_demo_takes_its_accounts_along(loaded, session, operator, now):
    accounts.load(session, now, "云峰 paper 4417")
    queue.load(session, now)
    activity.load(session, now)
    assert demo.purge(session, operator, now).people == 11
    for table in (Person, Answer, SavedList, SavedItem, Sketch, ListingVersion):
        assert session.exec(select(table)).all() == []
