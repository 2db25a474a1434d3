"""Two entries of one body become one: an officer prepares it, another person approves it. What
approval moves is next door, in `merging`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from market import ledger, notices, rules, workflow
from market.actions import merging
from market.db import row_by_id, row_or_none
from market.errors import Invalid, NotAllowed, Problem
from market.models.certifications import Merge
from market.models.enums import MergeState, OrganisationKind
from market.models.organisations import Organisation
from market.roles import Viewer

LEAST, MAX_REASON = 2, 2_000


def prepare(
    session: Session, source_id: int, target_id: int, reason: str, viewer: Viewer, now: datetime
) -> Merge:
    """Propose that the source becomes part of the target."""
    rules.require(viewer, "merge.prepare")
    source, target = _held(session, source_id, target_id)
    _refuse_own(source, target, viewer)
    _refuse_unfit(session, source, target)
    if not LEAST <= len(reason := reason.strip()) <= MAX_REASON:
        raise Invalid([Problem("reason", f"请写明为什么是同一家单位，最多 {MAX_REASON:,} 字。")])
    row = Merge(
        source_id=source_id, target_id=target_id, reason=reason,
        prepared_by=viewer.person_id or 0, prepared_at=now,
    )  # fmt: skip
    _store(session, row)
    ledger.note(
        session, viewer, now, "merge.prepare", "merge", row.id,
        after={"source_id": source_id, "target_id": target_id}, reason=reason,
    )  # fmt: skip
    notices.tell(session, "merge.prepare", row, target, viewer, now, reason)
    return row


def decide(
    session: Session, id: int, name: str, viewer: Viewer, now: datetime, reason: str = ""
) -> Merge:
    """Approve or refuse; approval moves everything at once."""
    rules.require(viewer, f"merge.{name}")
    row = row_by_id(session, Merge, id)
    source, target = _held(session, row.source_id, row.target_id)
    _refuse_own(source, target, viewer)
    if name == "approve" and row.state is MergeState.PREPARED:
        _refuse_unfit(session, source, target, besides=row.id)
    after = {"source_id": source.id, "target_id": target.id}
    workflow.apply(
        session, "merge", name, row, None, viewer, now, reason=reason.strip(), after=after
    )
    row.decided_by, row.decided_at, row.decision = viewer.person_id, now, reason.strip()
    session.add(row)
    if name == "approve":
        merging.carry_out(session, source, target, viewer, now)
    session.flush()
    return row


def _held(session: Session, source_id: int, target_id: int) -> tuple[Organisation, Organisation]:
    """Both, held until the transaction ends; always in one order, so that nobody waits for ever."""
    problems = []
    for field, id in (("source", source_id), ("target", target_id)):
        if row_or_none(session, Organisation, id) is None:
            problems.append(Problem(field, "没有这家单位，请核对编号。"))
    if problems:
        raise Invalid(problems)
    if source_id == target_id:
        raise Invalid([Problem("target", "不能与自己合并，请选择另一家单位。")])
    query = select(Organisation).where(col(Organisation.id).in_((source_id, target_id)))
    query = query.order_by(col(Organisation.id)).with_for_update()
    found = session.execute(query, execution_options={"populate_existing": True}).scalars()
    both = {body.id: body for body in found}
    return both[source_id], both[target_id]


def _refuse_own(source: Organisation, target: Organisation, viewer: Viewer) -> None:
    if {source.id, target.id} & viewer.memberships.keys():
        raise NotAllowed("这是您所在单位的事项，请由其他工作人员处理。")


def _refuse_unfit(
    session: Session, source: Organisation, target: Organisation, *, besides: int | None = None
) -> None:
    for body, field in ((source, "source"), (target, "target")):
        if body.merged_into_id is not None:
            raise Invalid([Problem(field, f"“{body.name}”已经并入别的单位。")])
        if body.kind in (OrganisationKind.SOURCE, OrganisationKind.BUREAU):
            raise Invalid([Problem(field, f"“{body.name}”是{body.kind.text}，不能合并。")])
    if source.is_demo != target.is_demo:
        raise Invalid([Problem("target", "示例单位和真实单位不能合并。")])
    both = (source.id, target.id)
    open_ones = select(col(Merge.id)).where(
        col(Merge.state) == MergeState.PREPARED,
        col(Merge.id) != (besides or 0),
        or_(col(Merge.source_id).in_(both), col(Merge.target_id).in_(both)),
    )
    if session.execute(open_ones).first():
        raise NotAllowed("其中一家单位还有待审批的合并，请等它办完。")


def _store(session: Session, row: Merge) -> None:
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        raise NotAllowed("刚刚有人经办了同一家单位的合并，请刷新页面。") from None
