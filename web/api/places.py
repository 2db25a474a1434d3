"""The two trees of codes, and how the site is doing, as JSON."""

from __future__ import annotations

from fastapi import APIRouter

from market.queries.listings import counts
from market.queries.places import DivisionNode, FieldNode
from web.api.models import MatcherOut, NodeOut, StatusOut
from web.api.once import Once
from web.deps import Db, Matching, Names, Reader

router = APIRouter(tags=["代码与状态"], route_class=Once)


@router.get("/fields", summary="技术领域（两级）")
def fields(places: Names, viewer: Reader) -> list[NodeOut]:
    return [_node(node) for node in places.fields]


@router.get("/divisions", summary="行政区划")
def divisions(places: Names, viewer: Reader) -> list[NodeOut]:
    return [_node(node) for node in places.divisions]


@router.get("/status", summary="本站现状与匹配器状态")
def status(session: Db, viewer: Reader, matchmaker: Matching) -> StatusOut:
    there, matcher = counts(session, viewer), matchmaker.status
    return StatusOut(
        needs=there.needs,
        achievements=there.achievements,
        organisations=there.organisations,
        suggestions=there.suggestions,
        matcher=MatcherOut(
            state=matcher.state,
            channels=list(matcher.channels),
            documents=matcher.documents,
            pending=matcher.pending,
            model=matcher.model,
            message=matcher.message,
        ),
    )


def _node(node: FieldNode | DivisionNode) -> NodeOut:
    return NodeOut(code=node.code, name=node.name, children=[_node(c) for c in node.children])
