"""What a fresh installation knows, and the rules that its demo content keeps."""

from __future__ import annotations

import pytest
from sqlmodel import select

from market.actions.listings import Recorded
from market.models import TABLES, Change, Field, Kind, Language, Need, Organisation
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
def test_bodies_are_as_long_as_a_fair_test_needs(kind, loaded, make):
    def bounds(row):
        return (350, 900) if row.language is Language.ENGLISH else (150, 600)

    lengths = {row.source_id: (len(row.body), *bounds(row)) for row in make.all(kind)}
    assert {id: of for id, of in lengths.items() if not of[1] <= of[0] <= of[2]} == {}


def test_every_leaf_field_has_an_achievement(loaded, session):
    link = TABLES[Kind.ACHIEVEMENT].fields
    leaves = set(session.exec(select(Field.code).where(Field.parent_code.is_not(None))))
    assert leaves - set(session.exec(select(link.field_code))) == set()
