"""A page of a form that was posted after its session had ended: kept sealed for an hour, until its
writer is signed in again. Only what belongs to a sketch is kept, the latest page of each."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlmodel import Session, col

from market import rules
from market.actions import one_time
from market.credentials import digest_of, new_token
from market.db import rows_changed
from market.keys import Keys
from market.models.enums import OneTimePurpose
from market.models.sign_ins import OneTime
from market.models.sketches import Sketch
from market.roles import Viewer

KEPT = timedelta(hours=1)
LONGEST = 400_000
Fields = dict[str, list[str]]


def keep(
    session: Session, code: str, step: str, fields: Fields, viewer: Viewer, now: datetime,
    keys: Keys,
) -> str | None:  # fmt: skip
    """The token under which it is found again; None where there is no such sketch, or too much to
    keep. Whose sketch it is matters when it comes back."""
    rules.require(viewer, "account.sign-in")
    told = json.dumps({"code": code, "step": step, "fields": fields}, ensure_ascii=False)
    known = session.execute(select(col(Sketch.id)).where(col(Sketch.code) == code)).first()
    if known is None or len(told) > LONGEST:
        return None
    token = new_token()
    purpose = col(OneTime.purpose) == OneTimePurpose.KEPT_FORM
    rows_changed(session, delete(OneTime).where(purpose, col(OneTime.target) == code))
    row = OneTime(
        purpose=OneTimePurpose.KEPT_FORM, target=code, digest=digest_of(token),
        payload={"sealed": keys.seal(told)}, created_at=now, expires_at=now + KEPT,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return token


def take(
    session: Session, token: str, code: str, viewer: Viewer, now: datetime, keys: Keys
) -> tuple[str, Fields] | None:
    """Step and fields of what was kept for this sketch; once. None where nothing was, or the
    sketch is not the viewer's."""
    rules.require(viewer, "sketch.write")
    row = one_time.check_link(session, OneTimePurpose.KEPT_FORM, token, now) if token else None
    mine = select(col(Sketch.id)).where(
        col(Sketch.code) == code, col(Sketch.person_id) == viewer.person_id
    )
    if row is None or row.target != code or session.execute(mine).first() is None:
        return None
    one_time.use_up(session, row, now)
    held = json.loads(keys.open(row.payload["sealed"]) or "{}")
    row.payload = {}
    session.add(row)
    return (held["step"], held["fields"]) if held else None
