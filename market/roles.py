"""Who people are to the marketplace. What each role may do stands in `rules` and `states`."""

from __future__ import annotations

from dataclasses import dataclass

from market.models.enums import Labelled


class Role(Labelled):
    VISITOR = "visitor", "访客"
    OPERATOR = "operator", "运维人员"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whoever asks or acts: the roles held now, and the name that the record of changes keeps."""

    roles: frozenset[Role]
    name: str


VISITOR_VIEWER = Viewer(frozenset({Role.VISITOR}), "访客")
OPERATOR_VIEWER = Viewer(frozenset({Role.VISITOR, Role.OPERATOR}), "命令行")
"""The command line: seeds and imports. Whoever can run it already holds the database."""
