"""Files that belong to a listing, a certification, a report or an appeal: added, shown to others
than before, and removed."""

from __future__ import annotations

import errno
import secrets
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session

from market import files, ledger, rules, storage, workflow
from market.actions import file_texts
from market.errors import Invalid, NotAllowed, NotFound, NotSignedIn, Problem
from market.models.attachments import Attachment
from market.models.enums import AppealState, CertificationState, ListingState, ReportState, Tier
from market.queries.attachments import (
    TIERED_NOUNS,
    AttachmentFile,
    attachment_by_code,
    matter,
    owner_id_of,
    readable,
    stored,
)
from market.roles import Viewer

MAX_FILES = 10
OPEN_STATES = {
    **dict.fromkeys(
        TIERED_NOUNS, (ListingState.DRAFT, ListingState.PUBLISHED, ListingState.EXPIRED)
    ),
    "certification": (CertificationState.SUBMITTED,),
    "report": (ReportState.RECEIVED,),
    "appeal": (AppealState.FILED,),
}
"""In which states files are added and removed: those in which the texts may be changed."""
ACTIONS = {
    "certification": "certification.submit",
    "report": "report.file",
    "appeal": "appeal.file",
}
TOO_MANY = f"最多 {MAX_FILES} 个附件，请先删去不用的。"
FULL = "没有存下：服务器的磁盘满了。请稍后再传；还是不行，请联系运维人员。"


def add(
    session: Session, noun: str, noun_id: int, name: str, data: bytes, tier: Tier, viewer: Viewer,
    now: datetime, data_dir: Path,
) -> Attachment:  # fmt: skip
    """Check a file and store it. Only a listing's files have a tier; what is handed to the bureau
    is read by those who decide about it."""
    file = files.checked(name, data)
    row = _open(session, noun, noun_id, "attachment.add", viewer, now)
    if len(stored(session, noun, noun_id)) >= MAX_FILES:
        raise Invalid([Problem("file", TOO_MANY)])
    stored_as = _stored(data_dir, file.name, data)
    tier = tier if noun in TIERED_NOUNS else Tier.BUREAU
    added = Attachment(
        code=secrets.token_urlsafe(20), stored_as=stored_as, noun=noun, noun_id=row.id, tier=tier,
        uploaded_by=viewer.person_id, uploaded_at=now, **asdict(file),
    )  # fmt: skip
    session.add(added)
    session.flush()
    after = _recorded(added)
    ledger.note(session, viewer, now, "attachment.add", noun, row.id, after=after)
    return added


def change_tier(
    session: Session, code: str, tier: Tier, viewer: Viewer, now: datetime
) -> Attachment:
    """Say anew who may read a listing's file. What the matcher knows of it follows at once where
    it is kept back, and once it was read where it is shown."""
    found = attachment_by_code(session, code, viewer)
    if found.noun not in TIERED_NOUNS:
        raise NotAllowed("交给主管部门的材料不能改变公开范围。")
    listing = _open(session, found.noun, found.noun_id, "attachment.change", viewer, now)
    row = _row(session, found)
    if row.tier is tier:
        return row
    before, row.tier = row.tier, tier
    session.add(row)
    ledger.note(
        session, viewer, now, "attachment.change", found.noun, found.noun_id,
        before={"attachment": row.id, "tier": before}, after={"attachment": row.id, "tier": tier},
    )  # fmt: skip
    file_texts.follow(session, listing, now)
    return row


def remove(session: Session, code: str, viewer: Viewer, now: datetime) -> Attachment:
    """Take a file away; its bytes are deleted later. What was handed to the bureau about others
    stays."""
    found = attachment_by_code(session, code, viewer)
    if found.noun in ("report", "appeal"):
        raise NotAllowed("已交给主管部门的材料不能删除。")
    owner = _open(session, found.noun, found.noun_id, "attachment.remove", viewer, now)
    row = _row(session, found)
    row.removed_at = now
    session.add(row)
    ledger.note(
        session, viewer, now, "attachment.remove", found.noun, found.noun_id,
        before=_recorded(row),
    )  # fmt: skip
    if found.noun in TIERED_NOUNS:
        file_texts.follow(session, owner, now)
    return row


def _stored(data_dir: Path, name: str, data: bytes) -> str:
    try:
        return storage.store(data_dir, data)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        files.refuse(name, FULL)


def _recorded(row: Attachment) -> dict[str, Any]:
    """What the record of changes keeps of a file. Its name may say what not everybody may read."""
    return {
        "attachment": row.id, "tier": row.tier, "media_type": row.media_type, "size": row.size,
        "sha256": row.sha256,
    }  # fmt: skip


def _row(session: Session, found: AttachmentFile) -> Attachment:
    """The row, as it is now that what it belongs to is held; another may have removed it."""
    for row in stored(session, found.noun, found.noun_id):
        if row.code == found.code:
            return row
    raise NotFound


def _open(
    session: Session, noun: str, noun_id: int, action: str, viewer: Viewer, now: datetime
) -> Any:
    """What the file belongs to, held until the transaction ends, once the viewer may change it."""
    row = matter(session, noun, noun_id)
    if readable(session, noun, noun_id, viewer) is None and not _is_filing(noun, row, viewer, now):
        if not viewer.is_signed_in:
            raise NotSignedIn(rules.SIGN_IN)
        raise NotFound
    _require(session, noun, row, action, viewer, now)
    workflow.lock(session, row)
    if row.state not in OPEN_STATES[noun]:
        raise NotAllowed(f"“{row.state.text}”的内容不能增删附件。")
    return row


def _require(
    session: Session, noun: str, row: Any, action: str, viewer: Viewer, now: datetime
) -> None:
    """Raise NotAllowed unless the viewer may. Whoever claims an organisation that nobody owns, or
    files a report, adds to what they themselves hand in."""
    owner_id = owner_id_of(session, noun, row)
    if noun == "certification" and row.submitted_by == viewer.person_id:
        rules.require(viewer, "organisation.claim")
    elif noun == "report":
        rules.require(viewer, ACTIONS[noun])
        if not _is_filing(noun, row, viewer, now):
            raise NotAllowed("只有举报人可以补充材料。")
    else:
        rules.require(viewer, ACTIONS.get(noun, action), owner_id)


def _is_filing(noun: str, row: Any, viewer: Viewer, now: datetime) -> bool:
    """Whether the viewer is the one who reports; a visitor only in the moment of doing so."""
    if noun != "report":
        return False
    if row.reported_by is not None:
        return bool(row.reported_by == viewer.person_id)
    return bool(row.received_at == now)
