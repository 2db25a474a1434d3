"""Which action is told to whom, in which words: one table, and how it is read.

An action that is not in the table is told to nobody. Words may name the title of a listing, which
everybody may read, and no other field of it; who filed a report is never among them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from market.audiences import Audience, Members, Officers, People, Rows, members_inside, officers_of
from market.models.certifications import Merge
from market.models.disclosures import Disclosure
from market.models.enums import Kind, NoticeKind
from market.models.listings import Listing
from market.models.memberships import Invitation, Membership
from market.models.organisations import Organisation
from market.models.people import Person
from market.models.reports import Appeal, Report
from market.models.tables import TABLES
from market.notices import Posting
from market.roles import Permission, Viewer
from market.texts import shortened

P = Permission
ACCOUNT, ORGANISATION = NoticeKind.ACCOUNT, NoticeKind.ORGANISATION
LISTING, MODERATION = NoticeKind.LISTING, NoticeKind.MODERATION
DISCLOSURE, EXPIRY = NoticeKind.DISCLOSURE, NoticeKind.EXPIRY
MAX_TITLE = 40


@dataclass(frozen=True, slots=True)
class Telling:
    """One audience and its words. `occurrence` names what happened where two actions are one
    happening to those who are told."""

    kind: NoticeKind
    to: Audience
    subject: str
    text: str = ""
    link: str = "{path}"
    occurrence: str = ""


WRITERS, OWNERS = Members(P.LISTING_WRITE), Members(P.ORGANISATION_MANAGE)
ANSWERERS = Members(P.DISCLOSURE_ANSWER)
REPORTER = People(("reported_by",))
BOTH_SIDES = Members(P.ORGANISATION_MANAGE, ("source_id", "target_id"))
WHY = "理由：{reason}"
MEMBERS, BODY = "/organisations/{owner_id}/members", "/organisations/{owner_id}"
PROOF = "/organisations/{owner_id}/certification"
DISCLOSURES = "{path}/disclosures"

TELLINGS: Mapping[str, tuple[Telling, ...]] = {
    # needs and achievements
    "listing.submit": (
        Telling(MODERATION, Officers(P.LISTING_MODERATE), "待审核：{kind}“{title}”",
                "{owner}第一次发布，请审核。", "/bureau/listings/{noun}/{id}"),
    ),
    "listing.approve": (
        Telling(LISTING, WRITERS, "{kind}“{title}”已通过审核", "内容已公开，并开始参与匹配。"),
    ),
    "listing.return": (
        Telling(LISTING, WRITERS, "{kind}“{title}”需要修改",
                WHY + "\n\n修改后可以再次送审。", "{path}/edit"),
    ),
    "listing.expire": (
        Telling(EXPIRY, WRITERS, "{kind}“{title}”已到期",
                "内容不再公开，也不参与匹配。仍然有效的话，可以续期。", "{path}/renew"),
    ),
    "listing.take-down": (
        Telling(MODERATION, WRITERS, "{kind}“{title}”已被下架",
                WHY + "\n\n如有异议，可以申诉，由另一位工作人员复核。"),
    ),
    "listing.restore": (
        Telling(MODERATION, WRITERS, "{kind}“{title}”已恢复公开", "", occurrence="restored"),
    ),
    # an organisation's matters
    "certification.submit": (
        Telling(ORGANISATION, Officers(P.CERTIFICATION_DECIDE), "待核验：{owner}的单位认证", "",
                "/bureau/certifications/{id}"),
    ),
    "certification.verify": (
        Telling(ORGANISATION, People(("submitted_by",)), "{owner}已通过认证",
                "今后发布内容不用再送审。", BODY),
        Telling(ORGANISATION, OWNERS, "{owner}已通过认证", "今后发布内容不用再送审。", BODY),
    ),
    "certification.refuse": (
        Telling(ORGANISATION, People(("submitted_by",)), "{owner}的认证没有通过",
                WHY + "\n\n补充材料后可以再次提交。", PROOF),
        Telling(ORGANISATION, OWNERS, "{owner}的认证没有通过",
                WHY + "\n\n补充材料后可以再次提交。", PROOF),
    ),
    "certification.revoke": (
        Telling(ORGANISATION, OWNERS, "{owner}的认证已被撤销", WHY, PROOF),
    ),
    "merge.prepare": (
        Telling(ORGANISATION, Officers(P.MERGE_APPROVE), "待审批：{source}并入{target}", WHY,
                "/bureau/merges/{id}"),
    ),
    "merge.approve": (
        Telling(ORGANISATION, People(("prepared_by",)), "合并已批准：{source}并入{target}", "",
                "/bureau/merges/{id}"),
        Telling(ORGANISATION, BOTH_SIDES, "{source}已并入{target}",
                "成员、需求和成果都已转到{target}名下。", "/organisations/{target_id}"),
    ),
    "merge.refuse": (
        Telling(ORGANISATION, People(("prepared_by",)), "合并没有批准：{source}并入{target}", WHY,
                "/bureau/merges/{id}"),
    ),
    "membership.request": (
        Telling(ORGANISATION, OWNERS, "{person}申请加入{owner}", "{note}", MEMBERS),
    ),
    "membership.accept": (
        Telling(ORGANISATION, People(("person_id",)), "您已加入{owner}", "您的身份是{role}。",
                BODY),
    ),
    "membership.refuse": (
        Telling(ORGANISATION, People(("person_id",)), "{owner}没有同意您加入", "{why}", BODY),
    ),
    "membership.remove": (
        Telling(ORGANISATION, People(("person_id",)), "您已被移出{owner}", "{why}", BODY),
    ),
    "membership.promote": (
        Telling(ORGANISATION, People(("person_id",)), "您在{owner}的身份已改为{role}", "", BODY),
    ),
    "membership.leave": (
        Telling(ORGANISATION, OWNERS, "{person}退出了{owner}，或撤回了加入申请", "", MEMBERS),
    ),
    "invitation.accept": (
        Telling(ORGANISATION, OWNERS, "{person}接受邀请，加入了{owner}", "身份是{role}。", MEMBERS),
    ),
    # reports and appeals
    "report.file": (
        Telling(MODERATION, Officers(P.REPORT_DECIDE), "新的举报：{kind}“{title}”", "",
                "/bureau/reports/{id}"),
    ),
    "report.accept": (
        Telling(MODERATION, REPORTER, "您的举报已受理：“{title}”", "", "/reports/{receipt}"),
    ),
    "report.decline": (
        Telling(MODERATION, REPORTER, "您的举报不予受理：“{title}”", WHY, "/reports/{receipt}"),
    ),
    "report.uphold": (
        Telling(MODERATION, REPORTER, "您的举报认定属实：“{title}”", "答复：{reason}",
                "/reports/{receipt}"),
    ),
    "report.dismiss": (
        Telling(MODERATION, REPORTER, "您的举报认定不属实：“{title}”", "答复：{reason}",
                "/reports/{receipt}"),
    ),
    "appeal.file": (
        Telling(MODERATION, Officers(P.APPEAL_DECIDE), "待复核：{kind}“{title}”的申诉", "",
                "/bureau/appeals/{id}"),
    ),
    "appeal.uphold": (
        Telling(MODERATION, WRITERS, "申诉成立：{kind}“{title}”已恢复公开", WHY,
                occurrence="restored"),
    ),
    "appeal.dismiss": (
        Telling(MODERATION, WRITERS, "申诉没有成立：{kind}“{title}”维持下架", WHY),
    ),
    # what is kept back
    "disclosure.request": (
        Telling(DISCLOSURE, ANSWERERS, "{asker}申请查阅“{title}”的保密内容",
                "对方已作出保密承诺，用途和承诺见页面。请答复。", DISCLOSURES),
    ),
    "disclosure.grant": (
        Telling(DISCLOSURE, People(("requested_by",)), "可以查阅“{title}”的保密内容了",
                "请遵守您单位作出的保密承诺。"),
    ),
    "disclosure.refuse": (
        Telling(DISCLOSURE, People(("requested_by",)), "查阅“{title}”保密内容的申请没有同意", WHY),
    ),
    "disclosure.end": (
        Telling(DISCLOSURE, People(("requested_by",)), "“{title}”的保密授权已终止",
                "请停止使用，并销毁所获内容和副本。"),
    ),
    "disclosure.appoint": (
        Telling(DISCLOSURE, People(("person_id",)), "请您评审{kind}“{title}”",
                "主管部门指定您查阅评审专家可见的内容，请予保密。"),
    ),
    "disclosure.dismiss": (
        Telling(DISCLOSURE, People(("person_id",)), "您对“{title}”的评审查阅已结束",
                "请销毁所获内容和副本。"),
    ),
}  # fmt: skip


def postings(
    session: Session, action: str, rows: Rows, viewer: Viewer, now: datetime, reason: str
) -> list[Posting]:
    """What to post for an action on these rows, the viewer left out. As many queries for a
    thousand rows of the same owners as for one."""
    tellings = TELLINGS[action]
    inside = members_inside(session, [telling.to for telling in tellings], rows)
    found = []
    for telling in tellings:
        officers = officers_of(session, telling.to)
        for row, owner in rows:
            people = telling.to.of(row, owner, inside)
            people = officers - people if isinstance(telling.to, Officers) else people
            if people := people - {viewer.person_id or 0}:
                words = _words(session, row, owner, reason)
                found.append(_posting(telling, action, people, words, now))
    return found


def _posting(
    telling: Telling, action: str, people: Collection[int], words: Mapping[str, Any], now: datetime
) -> Posting:
    subject, text, link = (
        part.format_map(words) for part in (telling.subject, telling.text, telling.link)
    )
    what = telling.occurrence or action
    which = words["path"] if telling.occurrence else f"{words['noun']}:{words['id']}"
    return Posting(
        people, telling.kind, subject, text, link, f"{what}:{which}:{now.timestamp():.6f}"
    )


def _words(session: Session, row: Any, owner: Organisation | None, reason: str) -> dict[str, Any]:
    """What the words of the table may name, of this row."""
    words: dict[str, Any] = {
        "id": row.id, "noun": row.__tablename__, "path": "", "reason": reason,
        "why": f"理由：{reason}" if reason else "", "owner": owner.name if owner else "",
        "owner_id": owner.id if owner else "",
    }  # fmt: skip
    if isinstance(row, Listing):
        words |= _listing(row.kind, row.key, row.title)
    elif isinstance(row, Report):
        words |= _listing(row.kind, row.listing_id, row.listing_title) | {"receipt": row.receipt}
    elif isinstance(row, Appeal | Disclosure):
        listing = session.get(TABLES[row.kind].listing, row.listing_id)
        words |= _listing(row.kind, row.listing_id, listing.title if listing else "")
        if isinstance(row, Disclosure):
            words["asker"] = _name(session, Organisation, row.organisation_id)
    elif isinstance(row, Membership | Invitation):
        person = row.person_id if isinstance(row, Membership) else row.accepted_by
        note = row.note if isinstance(row, Membership) else ""
        words |= {"person": _name(session, Person, person), "role": row.role.text}
        words["note"] = f"申请说明：{note}" if note else ""
    elif isinstance(row, Merge):
        words |= {"target_id": row.target_id}
        words |= {
            name: _name(session, Organisation, getattr(row, f"{name}_id"))
            for name in ("source", "target")
        }
    return words


def _listing(kind: Kind, id: int, title: str) -> dict[str, str]:
    folder = "needs" if kind is Kind.NEED else "achievements"
    return {"kind": kind.text, "title": shortened(title, MAX_TITLE), "path": f"/{folder}/{id}"}


def _name(session: Session, table: type[Organisation] | type[Person], id: int | None) -> str:
    found: Any = session.get(table, id) if id is not None else None
    return str(found.name) if found else ""
