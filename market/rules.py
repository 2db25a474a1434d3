"""Who may: one table from an action to its rule. An action that is not in it is refused."""

from __future__ import annotations

from dataclasses import dataclass

from market.errors import NotAllowed
from market.models.enums import ListingState
from market.roles import Role, Viewer

ANYONE = frozenset(Role)
OPERATORS = frozenset({Role.OPERATOR})


@dataclass(frozen=True, slots=True)
class Rule:
    """The roles that may, and the sentence for everybody else."""

    roles: frozenset[Role]
    otherwise: str = ""


RULES = {
    "listing.view": Rule(ANYONE),
    "organisation.view": Rule(ANYONE),
    "match": Rule(ANYONE),
    "listing.record": Rule(OPERATORS, "需求和成果目前由运维人员导入，网上填报开通后即可自行发布。"),
    "listing.move": Rule(OPERATORS, "只有运维人员可以改变需求和成果的状态。"),
    "organisation.record": Rule(OPERATORS, "只有运维人员可以登记单位。"),
    "place.record": Rule(OPERATORS, "只有运维人员可以更新技术领域和行政区划。"),
    "demo.purge": Rule(OPERATORS, "只有运维人员可以清除示例数据。"),
}


def may(viewer: Viewer, action: str) -> bool:
    """Whether the viewer may do this at all; a Move can ask for more."""
    rule = RULES.get(action)
    return rule is not None and not rule.roles.isdisjoint(viewer.roles)


def require(viewer: Viewer, action: str) -> None:
    """Raise NotAllowed unless the viewer may."""
    if not may(viewer, action):
        rule = RULES.get(action)
        raise NotAllowed(rule.otherwise if rule else "没有这项操作。")


def visible_states(viewer: Viewer) -> frozenset[ListingState]:
    """The states of listings that the viewer can see; every query filters by them."""
    if Role.OPERATOR in viewer.roles:
        return frozenset(ListingState)
    return frozenset({ListingState.PUBLISHED}) if may(viewer, "listing.view") else frozenset()
