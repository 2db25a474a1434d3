"""What waits on the bureau's desk of a demo: a first publication to check, and a report."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from market.actions import posting, reports
from market.actions.drafts import ListingDraft
from market.models import CooperationMode, Kind, Need, Person, ReportReason, Tier
from market.queries.people import viewer_for
from market.roles import VISITOR_VIEWER

AUTHOR = "newcomer@example.invalid"
TITLE = "陶瓷釉面针孔在线检出，人工目检漏检多"
SUMMARY = "示例：抛光线上的针孔和缩釉靠人工看，夜班漏检明显，希望在线检出并标出位置。"
BODY = """## 现状
砖面 600 mm × 1200 mm，线速度示例约 10–20 m/min，现场有粉尘和水雾。

## 想达到
- 直径示例 0.3 mm 以上的针孔能检出
- 误检不影响正常分级
"""


def load(session: Session, now: datetime) -> bool:
    """Fill the desk, once; whether there was anything to do."""
    author = session.exec(select(Person).where(col(Person.email) == AUTHOR)).first()
    if author is None or session.exec(select(Need).where(col(Need.title) == TITLE)).first():
        return False
    viewer = viewer_for(session, author.key)
    if viewer is None or viewer.acting_for is None:
        return False
    draft = ListingDraft(
        title=TITLE, owner_id=viewer.acting_for, summary=SUMMARY, body=BODY,
        keywords=("釉面缺陷", "机器视觉"), field_codes=("TI05",), division_code="441821",
        readiness=7, modes=(CooperationMode.COMMISSIONED,), amount_min=30_000_000,
        amount_max=60_000_000, tiers={"amount": Tier.MATCHED},
    )  # fmt: skip
    listing = posting.create(session, Kind.NEED, draft, viewer, now)
    session.flush()
    posting.act(session, listing, "submit", viewer, now)
    _report(session, now)
    return True


def _report(session: Session, now: datetime) -> None:
    shown = select(Need.id).where(col(Need.is_demo), col(Need.published_at).is_not(None))
    id = session.exec(shown.order_by(col(Need.id))).first()
    if id is not None:
        words = "示例举报：标题和正文说的不是一件事，请核对。"
        reports.file(session, Kind.NEED, id, ReportReason.OTHER, words, "", VISITOR_VIEWER, now)
