"""Who may: the table of rules, and what follows from it."""

from __future__ import annotations

import pytest

from market import rules
from market.errors import NotAllowed
from market.models import ListingState
from market.roles import Role, Viewer

NOBODY = Viewer(frozenset(), "无名")


def test_an_unknown_action_is_refused(operator):
    assert not rules.may(operator, "listing.destroy")
    with pytest.raises(NotAllowed, match="没有这项操作"):
        rules.require(operator, "listing.destroy")


def test_whoever_holds_no_role_may_nothing():
    assert [action for action in rules.RULES if rules.may(NOBODY, action)] == []


def test_a_visitor_reads_and_matches_only(visitor):
    allowed = [action for action in rules.RULES if rules.may(visitor, action)]
    assert allowed == ["listing.view", "organisation.view", "match"]


def test_every_rule_that_can_refuse_says_why():
    assert [
        name for name, rule in rules.RULES.items() if rule.roles != set(Role) and not rule.otherwise
    ] == []


def test_visible_states(visitor, operator):
    assert rules.visible_states(visitor) == {ListingState.PUBLISHED}
    assert rules.visible_states(operator) == set(ListingState)
    assert rules.visible_states(NOBODY) == set()
