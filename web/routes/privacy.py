"""What the site keeps of somebody and what they may do about it: the privacy notice, their
consents, their data to take away, and the end of the account."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Annotated, Any
from zipfile import ZIP_DEFLATED, ZipFile

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from market.actions import consents, erasure
from market.actions.consents import PRIVACY_VERSION, VERSIONS
from market.errors import Problem
from market.models import ConsentTopic
from market.policy import current
from market.queries.consents import consents_of
from market.queries.own_data import own_data, own_data_tables
from market.roles import Viewer
from web import doors, limits
from web.deps import Db, Now, Posted, Tx, may
from web.forms.accounts import kept
from web.gates import gate
from web.render import go, page
from web.routes.account import Opening, Securing
from web.routes.sign_in import Oneself
from web.sheets import csv_text, download

router = APIRouter()
AnyReader = Annotated[Viewer, Depends(may("listing.view"))]
PHRASE = "注销我的账号"
CONSENTS = "/account/consents"
WORDS = {
    ConsentTopic.PRIVACY: "使用账号必需的处理",
    ConsentTopic.CROSS_BORDER: "港澳手机号：短信经由境外电信运营者",
    ConsentTopic.EXPERT_NAME: "担任评审专家时，在公示中写出姓名",
    ConsentTopic.DIGEST: "把新的匹配汇总成邮件",
}
"""What each consent is for, in one line."""


@router.get("/privacy")
def show_privacy(request: Request, viewer: AnyReader) -> Response:
    settings = request.app.state.settings
    return page(
        request, "privacy.html", settings=settings, version=PRIVACY_VERSION, policy=current()
    )


@router.get(CONSENTS)
def show_consents(request: Request, session: Db, viewer: Oneself) -> Response:
    rows = consents_of(session, viewer)
    past = [row for row in rows if row.withdrawn_at is not None]
    return gate(request, "consents", topics=_topics(rows), past=past)


@router.post(CONSENTS)
def change_consent(
    request: Request, given: Posted, session: Tx, viewer: Oneself, now: Now
) -> Response:
    entered = kept(given, "topic", "agrees")
    topic = next((topic for topic in ConsentTopic if topic == entered["topic"]), None)
    if topic is None:
        return go(request, CONSENTS)
    if entered["agrees"]:
        consents.give(session, topic, viewer, now)
        return go(request, CONSENTS, f"已同意：{topic.text}。")
    consents.withdraw(session, topic, viewer, now)
    return go(request, CONSENTS, f"已撤回：{topic.text}。")


@router.get("/account/data")
def show_data(request: Request, session: Db, viewer: Opening) -> Response:
    tables = own_data_tables(session, viewer)
    return gate(request, "data", parts=[(name, len(rows)) for name, rows in tables.items()])


@router.get("/account/data.json")
def download_json(request: Request, session: Db, viewer: Opening, now: Now) -> Response:
    limits.hit(request, "export", "person", viewer.person_id)
    told = {"exported_at": now.isoformat(), **own_data(session, viewer)}
    text = json.dumps(told, ensure_ascii=False, indent=2, default=str)
    return download(text, f"kejie-{viewer.person_id}.json", "application/json")


@router.get("/account/data.zip")
def download_tables(request: Request, session: Db, viewer: Opening) -> Response:
    limits.hit(request, "export", "person", viewer.person_id)
    held = io.BytesIO()
    with ZipFile(held, "w", ZIP_DEFLATED) as archive:
        for name, rows in own_data_tables(session, viewer).items():
            archive.writestr(f"{name}.csv", csv_text(rows))
    return download(held.getvalue(), f"kejie-{viewer.person_id}.zip", "application/zip")


@router.get("/account/erasure")
def show_erasure(request: Request, viewer: Opening) -> Response:
    return gate(request, "erasure", phrase=PHRASE)


@router.post("/account/erasure")
def erase(request: Request, given: Posted, session: Tx, viewer: Securing, now: Now) -> Response:
    entered = kept(given, "phrase")
    if entered["phrase"] != PHRASE:
        problems = [Problem("phrase", f"请原样输入“{PHRASE}”，表示您确实要注销。")]
        return gate(request, "erasure", problems, entered=entered, phrase=PHRASE)
    erasure.erase(session, viewer, now)
    return doors.leave(request, go(request, "/farewell"))


@router.get("/farewell")
def farewell(request: Request, viewer: AnyReader) -> Response:
    return gate(request, "farewell")


def _topics(rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Every topic, and how it stands with each."""
    standing = {row.topic: row for row in rows if row.withdrawn_at is None}
    return [
        {
            "topic": topic.value, "text": topic.text, "words": WORDS[topic],
            "is_given": topic in standing,
            "is_old": topic in standing and standing[topic].version != VERSIONS[topic],
            "given_at": standing[topic].given_at if topic in standing else None,
            "version": standing[topic].version if topic in standing else "",
        }
        for topic in ConsentTopic
    ]  # fmt: skip
