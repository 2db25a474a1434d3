"""A marketplace in the middle of its day, for whoever looks at it: somebody of every role, and in
every queue and on every page something that waits. Made through the market's own actions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session

from market.actions import (
    appeals,
    attachments,
    certifications,
    disclosures,
    invitations,
    memberships,
    merges,
    organisations,
    posting,
    reports,
)
from market.actions.disclosures import Asking
from market.actions.drafts import ListingDraft
from market.actions.organisation_drafts import OrganisationDraft
from market.credentials import digest_of, new_token
from market.db import writing
from market.identifiers import body_check, code_check
from market.models import (
    Channel,
    CooperationMode,
    Delivery,
    DeliveryState,
    Grant,
    Kind,
    NoticeKind,
    OrganisationKind,
    Person,
    ReportReason,
    Role,
    SignIn,
    SignInKind,
    Tier,
)
from market.models.enums import RightKind
from market.models.particulars import Right
from market.notices import post
from market.queries.people import viewer_for
from market.roles import Viewer

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)
SECRET = 1_234_500_00
"""A budget of 123.45 万元, in fen, that only a promise opens."""
PURPOSE = (
    "我所做稀散金属提纯二十年，有氯化蒸馏和区熔的中试线。想了解预算和对纯度的具体要求，"
    "以便判断是否值得派人到现场取样，并据此准备一份合作方案。"
)


def credit_code(number: int = 1, division: str = "441802") -> str:
    """A 统一社会信用代码 of that division whose two check symbols are right."""
    body = f"MA5{number:05d}"
    first = f"91{division}{body}{body_check(body)}"
    return first + code_check(first)


@dataclass
class Scene:
    """The tokens of sessions by role, and the paths of what there is."""

    tokens: dict[str, str] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)


class Stage:
    """Sets the scene in one transaction."""

    def __init__(self, session: Session, now: datetime, data: Path) -> None:
        self.session, self.now, self.data, self.scene = session, now, data, Scene()

    def person(self, key: str, name: str, *roles: Role) -> None:
        """Somebody with a session of a browser."""
        session, now, token = self.session, self.now, new_token()
        person = Person(name=name, email=f"{key}@example.com", created_at=now)
        session.add(person)
        session.flush()
        session.add_all(Grant(person_id=person.key, role=role, granted_at=now) for role in roles)
        session.add(
            SignIn(
                person_id=person.key, kind=SignInKind.BROWSER, digest=digest_of(token),
                created_at=now, seen_at=now, proven_at=now, expires_at=now + timedelta(days=1),
            )
        )  # fmt: skip
        self.scene.tokens[key], self.scene.people[key] = token, person.key

    def of(self, key: str) -> Viewer:
        """Them, as they are now; the password was shown just now."""
        self.session.flush()
        found = viewer_for(self.session, self.scene.people[key])
        assert found is not None
        return Viewer(
            found.roles, found.name, found.person_id, found.memberships, found.acting_for, self.now
        )

    def organisation(self, key: str, name: str, number: int, kind: OrganisationKind) -> int:
        """One that somebody founds."""
        draft = OrganisationDraft(
            name=name, kind=kind, division_code="441802", credit_code=credit_code(number),
            about="铜、锗、铟等再生金属的回收与加工，年处理废料三千吨（示例）。",
        )  # fmt: skip
        return organisations.create(self.session, draft, self.of(key), self.now).id or 0

    def proven(self, key: str, organisation: int) -> int:
        """A certification that waits."""
        viewer, data = self.of(key), self.data

        def attach(row: object) -> None:
            attachments.add(
                self.session, certifications.NOUN, row.id, "营业执照.pdf", PDF, Tier.BUREAU,  # type: ignore[attr-defined]
                viewer, self.now, data,
            )  # fmt: skip

        row = certifications.submit(
            self.session,
            organisation,
            "执照为 2026 年换发的新版。",
            viewer,
            self.now,
            attach=attach,
        )
        return row.id or 0

    def listing(
        self, key: str, kind: Kind, title: str, owner: int, *moves: str, **given: object
    ) -> str:
        """A listing, moved on; its path."""
        plain: dict[str, object] = {
            "summary": "切屑和废靶成分杂，自己提不纯，只能低价外卖。",
            "body": "## 现状\n每月约 200 kg 废靶。\n\n- 酸溶沉淀：铁、硅带入多\n"
            "- 真空蒸馏：收率低\n\n"
            "希望把回收锗提纯到 **5N** 以上。",
            "keywords": ("废锗", "区熔"), "field_codes": ("NM08",), "division_code": "441802",
            "readiness": 4, "modes": (CooperationMode.JOINT,), "amount_min": SECRET,
            "amount_max": SECRET,
        }  # fmt: skip
        draft = ListingDraft(title=title, owner_id=owner, **{**plain, **given})  # type: ignore[arg-type]
        row = posting.create(self.session, kind, draft, self.of(key), self.now)
        for name in moves:
            posting.act(self.session, row, name, self.of(key), self.now)
        return f"/{'needs' if kind is Kind.NEED else 'achievements'}/{row.key}"


def set_scene(engine: Engine, now: datetime, data: Path) -> Scene:
    """Everything, in one transaction."""
    with writing(engine) as session:
        stage = Stage(session, now, data)
        for act in ACTS:
            act(stage)
    return stage.scene


def _people(stage: Stage) -> None:
    for key, name, *roles in (
        ("owner", "林晓"), ("asker", "欧阳一诺"), ("newcomer", "陈新"), ("joiner", "黄加入"),
        ("officer", "周经办", Role.ROUND_OFFICER), ("officer2", "吴经办", Role.ROUND_OFFICER),
        ("approver", "郑审批", Role.APPROVER), ("supervisor", "王监督", Role.SUPERVISOR),
        ("finance", "冯财务", Role.FINANCE), ("expert", "褚专家", Role.EXPERT),
        ("admin", "卫管理", Role.ADMINISTRATOR),
    ):  # fmt: skip
        stage.person(key, name, *roles)


def _organisations(stage: Stage) -> None:
    for key, name, kind in (
        ("owner", "清远市清城区再生稀散金属循环利用科技有限公司", OrganisationKind.ENTERPRISE),
        ("asker", "粤北稀有金属研究所", OrganisationKind.INSTITUTION),
        ("joiner", "清远市清城区再生稀散金属循环利用科技公司", OrganisationKind.ENTERPRISE),
    ):
        number = len(stage.scene.paths) + 1
        id = stage.organisation(key, name, number, kind)
        stage.scene.paths[f"org:{key}"] = f"/organisations/{id}"
    for key in ("owner", "asker", "joiner"):
        id = _id(stage, f"org:{key}")
        row = stage.proven(key, id)
        stage.scene.paths[f"certification:{key}"] = f"/bureau/certifications/{row}"
        if key == "owner":
            certifications.decide(stage.session, row, "verify", stage.of("officer"), stage.now)


def _listings(stage: Stage) -> None:
    paths, owner = stage.scene.paths, _id(stage, "org:owner")
    titles = {
        "need": ("废锗靶与锗屑回收提纯，要求产出可直接回用于红外镜片毛坯", ("publish",)),
        "draft": ("铟锡氧化物废靶里铟的选择性浸出", ()),
        "down": ("再生铜熔炼烟尘里锌和铅的分离", ("publish",)),
    }
    for key, (title, moves) in titles.items():
        tiers = {"amount": Tier.MATCHED, "body": Tier.REGISTERED} if key == "need" else {}
        paths[key] = stage.listing("owner", Kind.NEED, title, owner, *moves, tiers=tiers)
    review = stage.listing(
        "asker", Kind.ACHIEVEMENT, "锗废料氯化蒸馏与区熔提纯", _id(stage, "org:asker"), "submit",
        rights=(Right(RightKind.INVENTION, "ZL201710601862.3"),),
    )  # fmt: skip
    paths["review"] = f"/bureau/listings/achievement/{review.rsplit('/', 1)[1]}"


def _moderation(stage: Stage) -> None:
    session, now, paths = stage.session, stage.now, stage.scene.paths
    down = posting.found(session, Kind.NEED, _id(stage, "down"), stage.of("officer"))
    for listing, text in (("need", "正文与我公司官网上的技术方案雷同。"), ("down", "")):
        row = reports.file(
            session, Kind.NEED, _id(stage, listing), ReportReason.INFRINGING,
            text or "同一内容反复发布。", "", stage.of("newcomer"), now,
        )  # fmt: skip
        paths[f"report:{listing}"] = f"/bureau/reports/{row.id}"
        paths[f"receipt:{listing}"] = f"/reports/{row.receipt}"
    posting.act(
        session, down, "take-down", stage.of("officer2"), now, "与另一条内容重复，请合并后再发布。"
    )
    text = "两条内容针对不同的烟尘来源，成分和目标产物都不同，不是重复发布，请复核。"
    appeal = appeals.file(session, Kind.NEED, _id(stage, "down"), text, stage.of("owner"), now)
    paths["appeal"] = f"/bureau/appeals/{appeal.id}"
    merge = merges.prepare(
        session, _id(stage, "org:joiner"), _id(stage, "org:owner"), "同一家单位登记了两次。",
        stage.of("officer"), now,
    )  # fmt: skip
    paths["merge"] = f"/bureau/merges/{merge.id}"


def _together(stage: Stage) -> None:
    session, now, paths = stage.session, stage.now, stage.scene.paths
    asking = Asking(PURPOSE, True, _id(stage, "org:asker"))
    disclosures.request(session, Kind.NEED, _id(stage, "need"), asking, stage.of("asker"), now)
    memberships.request(session, _id(stage, "org:owner"), "我在销售部", stage.of("joiner"), now)
    invitations.invite(
        session,
        _id(stage, "org:owner"),
        "colleague@example.com",
        Role.EDITOR,
        stage.of("owner"),
        now,
    )
    paths["disclosures"] = paths["need"] + "/disclosures"


def _mail(stage: Stage) -> None:
    session, now = stage.session, stage.now
    post(
        session, [stage.scene.people["owner"]], NoticeKind.MATCH,
        "您的需求“废锗靶与锗屑回收提纯，要求产出可直接回用于红外镜片毛坯”有 3 项新的匹配",
        "最相关的是“锗废料氯化蒸馏与区熔提纯”。", stage.scene.paths["need"], now,
    )  # fmt: skip
    session.add(
        Delivery(
            channel=Channel.EMAIL, target="nobody@example.com", subject="单位认证已通过", text="…",
            state=DeliveryState.DEAD, attempts=8, created_at=now, next_at=now,
            error="550 5.1.1 mailbox unavailable",
        )
    )  # fmt: skip


def _id(stage: Stage, key: str) -> int:
    return int(stage.scene.paths[key].rsplit("/", 1)[1])


ACTS: list[Callable[[Stage], None]] = [
    _people, _organisations, _listings, _moderation, _together, _mail,
]  # fmt: skip
