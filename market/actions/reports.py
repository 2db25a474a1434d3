"""Reports 举报: anybody files one and gets a receipt; an officer takes it up and decides.

Who filed it is kept from the one it is about, from the record of changes, and, but for the way to
reach them while it is open, from the officers too.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from market import ledger, notices, rules, workflow
from market.actions.deciding import checked_reason, open_move
from market.actions.posting import found
from market.calendar import ZONE
from market.contacts import channel_of, checked_target
from market.db import row_by_id
from market.errors import Invalid, NotAllowed, Problem
from market.models.enums import Channel, Kind, ReportReason, ReportState
from market.models.listings import Listing
from market.models.organisations import Organisation
from market.models.reports import Report
from market.models.tables import TABLES
from market.policy import current
from market.roles import Permission, Viewer
from market.states import MOVES, find_move
from market.texts import has_words, is_binary, shortened

LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Neither 0 nor O, neither 1, I nor L, and no U: nobody has to guess, and no word comes out."""
SHORTEST, LONGEST = 5, 4_000
NAMES = ("accept", "decline", "uphold", "dismiss")
OPEN = (ReportState.RECEIVED, ReportState.ACCEPTED)
SOMEBODY = "举报人"
SUBJECT = "您的举报已有结果：{state}"
LETTER = """您好：

您对“{title}”的举报（受理号 {receipt}）已办结，结果是“{state}”。

答复：{answer}

凭受理号可以随时查询：
/reports/{receipt}"""
MESSAGE = "【科揭】您的举报（{receipt}）已有结果：{state}。请到网站“查询举报”查看答复。"


def file(
    session: Session, kind: Kind, listing_id: int, reason: ReportReason | None, text: str,
    contact: str, viewer: Viewer, now: datetime,
) -> Report:  # fmt: skip
    """Store a report of a listing that the viewer sees. Raises Invalid with every problem."""
    rules.require(viewer, "report.file")
    listing = found(session, kind, listing_id, viewer)
    if viewer.holds(Permission.LISTING_OWN, listing.owner_id):
        raise NotAllowed("这是您所在单位的内容，可以直接修改、关闭或撤回。")
    text, target = text.strip(), ""
    problems = _problems(reason, text)
    try:
        target = checked_target(contact, "contact") if contact.strip() else ""
    except Invalid as error:
        problems += error.problems
    if problems or reason is None:
        raise Invalid(problems)
    _refuse_twice(session, kind, listing_id, viewer)
    report = Report(
        receipt=new_receipt(now), kind=kind, listing_id=listing_id, listing_title=listing.title,
        reason=reason, text=text, contact=target, reported_by=viewer.person_id, received_at=now,
        due_at=now + current().period("report_days"),
    )  # fmt: skip
    session.add(report)
    session.flush()
    after = {"listing": kind, "listing_id": listing_id, "reason": reason, "due_at": report.due_at}
    ledger.note(session, nameless(viewer), now, "report.file", "report", report.id, after=after)
    owner = session.get(Organisation, listing.owner_id)
    notices.tell(session, "report.file", report, owner, viewer, now)
    return report


def decide(
    session: Session, id: int, name: str, viewer: Viewer, now: datetime, reason: str = "", *,
    takes_down: bool = False, together: bool = False,
) -> Sequence[Report]:  # fmt: skip
    """Apply a move to a report and, `together`, to the others of the same listing that stand where
    it does. `takes_down`: upholding takes the listing down in the same transaction."""
    if name in NAMES:
        rules.require(viewer, f"report.{name}")
    report = row_by_id(session, Report, id)
    reason = checked_reason(open_move("report", name, report, NAMES), reason)
    listing = listing_of(session, report)
    owner = session.get(Organisation, listing.owner_id) if listing else None
    rows = [report, *(_beside(session, report) if together else ())]
    for row in rows:
        workflow.apply(session, "report", name, row, owner, viewer, now, reason=reason)
        if name != "accept":
            _answer(session, row, viewer, now, reason)
    if name == "uphold" and takes_down and listing is not None and may_come_down(listing):
        workflow.move(session, "take-down", listing, viewer, now, reason=reason)
    session.flush()
    return rows


def listing_of(session: Session, report: Report) -> Listing | None:
    """What was reported, unless it is gone."""
    return session.get(TABLES[report.kind].listing, report.listing_id)


def may_come_down(listing: Listing) -> bool:
    """Whether there is still something to take down."""
    return find_move(MOVES["listing"], "take-down", listing.state) is not None


def new_receipt(now: datetime) -> str:
    """A number that nobody guesses: the day in China, then one of 729 million."""
    code = "".join(secrets.choice(LETTERS) for _ in range(6))
    return f"JB-{now.astimezone(ZONE):%Y%m%d}-{code}"


def nameless(viewer: Viewer) -> Viewer:
    """The viewer as the record of changes may know whoever files a report."""
    return replace(
        viewer, name=SOMEBODY, person_id=None, acting_for=None, origin=viewer.origin.split(" ")[0]
    )


def _problems(reason: ReportReason | None, text: str) -> list[Problem]:
    problems = [] if reason else [Problem("reason", "请选择举报的理由。")]
    if len(text) < SHORTEST or not has_words(text):
        problems.append(Problem("text", "请写明哪里有问题，最好附上依据，至少 5 个字。"))
    elif len(text) > LONGEST:
        problems.append(Problem("text", f"最多 {LONGEST:,} 字，现有 {len(text):,} 字。"))
    elif is_binary(text):
        problems.append(Problem("text", "这里不是文字，请重新填写。"))
    return problems


def _refuse_twice(session: Session, kind: Kind, listing_id: int, viewer: Viewer) -> None:
    if viewer.person_id is None:
        return
    mine = select(col(Report.receipt)).where(
        col(Report.kind) == kind, col(Report.listing_id) == listing_id,
        col(Report.reported_by) == viewer.person_id, col(Report.state).in_(OPEN),
    )  # fmt: skip
    receipt = session.execute(mine).scalar()
    if receipt:
        raise NotAllowed(f"您已经举报过这条内容，正在处理，受理号 {receipt}。")


def _beside(session: Session, report: Report) -> Sequence[Report]:
    """The other reports of the same listing in the same state, held until the end."""
    query = select(Report).where(
        col(Report.kind) == report.kind, col(Report.listing_id) == report.listing_id,
        col(Report.state) == report.state, col(Report.id) != report.id,
    )  # fmt: skip
    return session.execute(query.order_by(col(Report.id)).with_for_update()).scalars().all()


def _answer(session: Session, report: Report, viewer: Viewer, now: datetime, answer: str) -> None:
    """Close the report and tell whoever left a way to be reached; then that is forgotten. Somebody
    who was signed in is told by `notices`."""
    report.decided_by, report.decided_at, report.answer = viewer.person_id, now, answer
    if report.contact and report.reported_by is None:
        _write_to(session, report, now)
    report.contact = ""
    session.add(report)


def _write_to(session: Session, report: Report, now: datetime) -> None:
    is_mail = channel_of(report.contact) is Channel.EMAIL
    words = (LETTER if is_mail else MESSAGE).format(
        title=shortened(report.listing_title, 40), receipt=report.receipt,
        state=report.state.text, answer=report.answer,
    )  # fmt: skip
    notices.send(
        session, channel_of(report.contact), report.contact,
        SUBJECT.format(state=report.state.text) if is_mail else "", words, now,
        key=f"report:{report.id}",
    )  # fmt: skip
