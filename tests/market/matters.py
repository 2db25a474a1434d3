"""What the tests of moderation share: listings that wait, officers, and a real race of two."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session, select

from market import workflow
from market.actions import posting
from market.db import writing
from market.errors import NotAllowed
from market.models import Change, Kind, Listing, Organisation, Role
from market.roles import Viewer
from tests.conftest import NOW, Maker

WHY = "与事实不符，请看附件第二页。"


def submitted(
    make: Maker, title: str = "铝型材表面处理", kind: Kind = Kind.NEED
) -> tuple[Listing, Organisation, Viewer]:
    """A listing of an organisation that nobody knows yet, sent in for the editorial check."""
    owner = make.owner()
    member = make.member(owner, Role.OWNER)
    draft = make.draft(title, owner_id=owner.id, summary="寻求改进。")
    row = posting.create(make.session, kind, draft, member, NOW)
    workflow.move(make.session, "submit", row, member, NOW)
    return row, owner, member


def officer(make: Maker) -> Viewer:
    return make.viewer(Role.ROUND_OFFICER)


def approver(make: Maker) -> Viewer:
    return make.viewer(Role.APPROVER)


def actions(session: Session, noun: str = "") -> list[str]:
    """What was recorded, in order."""
    session.flush()
    query = select(Change).order_by(Change.id)  # type: ignore[arg-type]
    return [row.action for row in session.exec(query) if noun in ("", row.noun)]


def race(
    engine: Engine, work: Callable[[Session, Viewer, datetime], object], *viewers: Viewer
) -> list[str]:
    """Everybody does the same at the same moment, each in a transaction; what each was told, ""
    where it was done."""
    told: dict[int, str] = {}
    start = threading.Barrier(len(viewers))

    def run(place: int, viewer: Viewer) -> None:
        start.wait(10)
        try:
            with writing(engine) as session:
                work(session, viewer, NOW)
            told[place] = ""
        except NotAllowed as error:
            told[place] = error.reason

    threads = [threading.Thread(target=run, args=it) for it in enumerate(viewers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return [told[place] for place in range(len(viewers))]
