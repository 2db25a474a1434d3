"""Who may: two tables, from roles to permissions and from actions to rules, and what follows."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

import market
import web
from market import rules
from market.errors import NotAllowed, NotFresh, NotSignedIn
from market.models import ListingState, Role, Tier
from market.roles import PERMISSIONS, Permission, Viewer
from market.states import MOVES

NOBODY = Viewer(frozenset(), "无名")
OWN, OTHER = 1, 2
EVERYBODYS = {
    "listing.view", "export.listed", "organisation.view", "match", "report.file",
    "account.register",
    "account.sign-in", "account.unsubscribe", "attachment.read",
}  # fmt: skip


def holder(role: Role) -> Viewer:
    """Somebody with one role, be it a role of the platform or one in the organisation OWN."""
    if role in (Role.OWNER, Role.EDITOR, Role.VIEWER, Role.TECHNOLOGY_MANAGER,
                Role.ENTERPRISE, Role.INSTITUTION):  # fmt: skip
        return Viewer(frozenset(), "谁", 7, {OWN: frozenset({role})})
    return Viewer(frozenset({role}), "谁", 7)


def test_an_unknown_action_is_refused(operator):
    assert not rules.may(operator, "listing.destroy")
    with pytest.raises(NotAllowed, match="没有这项操作"):
        rules.require(operator, "listing.destroy")


def test_whoever_holds_no_role_may_nothing():
    assert [action for action in rules.RULES if rules.may(NOBODY, action)] == []


def test_what_a_visitor_may_is_written_down_here_too(visitor):
    allowed = {action for action in rules.RULES if rules.may(visitor, action)}
    assert allowed == EVERYBODYS


@pytest.mark.parametrize("role", Role)
def test_every_role_may_what_its_permissions_say_and_nothing_else(role):
    viewer = holder(role)
    for action, rule in rules.RULES.items():
        allowed = rule.permission in PERMISSIONS[role]
        assert rules.may(viewer, action) is allowed, action
        assert rules.may(viewer, action, OWN) is allowed, action


@pytest.mark.parametrize("role", [Role.OWNER, Role.EDITOR, Role.VIEWER, Role.TECHNOLOGY_MANAGER])
def test_a_membership_counts_in_its_own_organisation_only(role):
    assert [action for action in rules.RULES if rules.may(holder(role), action, OTHER)] == []


def test_several_roles_at_once_permit_all_that_each_permits():
    """Nobody loses a right by having two."""
    for one, two in product(Role, Role):
        both = Viewer(frozenset({one, two}), "谁", 7)
        for action, rule in rules.RULES.items():
            wanted = rule.permission in PERMISSIONS[one] | PERMISSIONS[two]
            assert rules.may(both, action) is wanted, (one, two, action)


def test_every_role_and_every_permission_is_in_the_table():
    held = set().union(*PERMISSIONS.values())
    assert (set(PERMISSIONS), held) == (set(Role), set(Permission))


def test_every_rule_that_can_refuse_says_why():
    moves = {f"{noun}.{move.name}" for noun, found in MOVES.items() for move in found}
    silent = {
        name for name, rule in rules.RULES.items()
        if not rule.otherwise and name not in moves | EVERYBODYS
    }  # fmt: skip
    assert silent == set()


def test_every_action_of_the_table_is_asked_for_somewhere():
    sources = [
        path.read_text(encoding="utf-8")
        for package in (market, web)
        for path in Path(str(package.__file__)).parent.rglob("*.py")
        if path.name != "rules.py"
    ]
    asked = set(re.findall(r'"([a-z]+(?:\.[a-z-]+)?)"', "\n".join(sources)))
    moves = {f"{noun}.{move.name}" for noun, found in MOVES.items() for move in found}
    assert set(rules.RULES) - moves - asked == set()


def test_a_visitor_is_asked_to_sign_in_and_a_member_is_told_who_may(visitor):
    with pytest.raises(NotSignedIn, match="登录"):
        rules.require(visitor, "organisation.create")
    with pytest.raises(NotAllowed) as refused:
        rules.require(holder(Role.MEMBER), "listing.approve", OWN)
    assert refused.value.reason == "只有经办人、运维人员可以这样做。"
    assert not isinstance(refused.value, NotSignedIn)


def test_a_sensitive_act_wants_the_password_shown_lately(now):
    fresh = Viewer(frozenset({Role.MEMBER}), "谁", 7, proven_at=now - rules.FRESH)
    stale = Viewer(
        frozenset({Role.MEMBER}), "谁", 7, proven_at=now - rules.FRESH - timedelta(seconds=1)
    )
    rules.require(fresh, "account.secure", now=now)
    with pytest.raises(NotFresh):
        rules.require(stale, "account.secure", now=now)
    rules.require(stale, "account.use", now=now)


def test_visible_states(visitor, operator):
    assert rules.visible_states(visitor) == {ListingState.PUBLISHED, ListingState.MATCHED}
    assert rules.visible_states(operator) == set(ListingState)
    assert rules.visible_states(NOBODY) == set()
    unseen = {ListingState.DRAFT, ListingState.WITHDRAWN}
    assert rules.visible_states(holder(Role.SUPERVISOR)) == set(ListingState) - unseen


READERS = [
    (holder(Role.VISITOR), {}, Tier.PUBLIC),
    (holder(Role.MEMBER), {}, Tier.REGISTERED),
    (holder(Role.MEMBER), {"disclosed": True}, Tier.MATCHED),
    (holder(Role.EXPERT), {"reviewing": True}, Tier.REVIEWERS),
    (holder(Role.MEMBER), {"reviewing": True}, Tier.REGISTERED),
    (holder(Role.EXPERT), {}, Tier.PUBLIC),
    (holder(Role.ROUND_OFFICER), {}, Tier.BUREAU),
    (holder(Role.FINANCE), {}, Tier.BUREAU),
    (holder(Role.ADMINISTRATOR), {}, Tier.PUBLIC),
    (holder(Role.VIEWER), {}, Tier.BUREAU),
]


@pytest.mark.parametrize(("viewer", "how", "tier"), READERS)
def test_up_to_which_tier_somebody_reads(viewer, how, tier):
    assert rules.readable_tier(viewer, OWN, **how) is tier


def test_a_member_of_another_organisation_reads_as_anybody():
    editor = Viewer(frozenset({Role.MEMBER}), "谁", 7, {OTHER: frozenset({Role.EDITOR})})
    assert rules.readable_tier(editor, OWN) is Tier.REGISTERED
