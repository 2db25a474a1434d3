"""A whole site for a test: real database, real index with the hashing encoder, real requests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, event
from sqlmodel import Session

from market.actions import listings, organisations, places
from market.actions.drafts import ListingDraft
from market.actions.organisations import OrganisationDraft
from market.db import writing
from market.indexer import Indexer
from market.models import CooperationMode, Division, Field, Kind, Language, OrganisationKind
from market.roles import OPERATOR_VIEWER
from tests.web.pages import Browser, Client
from web.app import create_app
from web.settings import Settings

NOW = datetime(2026, 11, 1, 4, 0, tzinfo=UTC)
FIELDS = [("NM", None, "新材料"), ("NM08", "NM", "稀散金属"), ("TI", None, "传统产业转型"),
          ("TI05", "TI", "陶瓷建材与窑炉节能")]  # fmt: skip
DIVISIONS = [("440000", None, "广东省"), ("441800", "440000", "清远市"),
             ("441802", "441800", "清城区"), ("440100", "440000", "广州市")]  # fmt: skip


class Site:
    """One installation in a folder, and a client that checks every page it opens."""

    def __init__(self, folder: Path, model: str = "hashing", engine: Engine | None = None) -> None:
        hosts = ("testserver", "127.0.0.1")
        settings = Settings(data=folder, model=model, worker="off", allowed_hosts=hosts)
        self.app = create_app(settings, engine)
        self.engine = self.app.state.engine
        self.matchmaker = self.app.state.matchmaker
        self.matchmaker.load()
        self.client = Client(Browser(self.app, follow_redirects=False))

    def index(self) -> None:
        """Apply everything that is pending, suggestions included."""
        indexer = Indexer(self.engine, self.matchmaker)
        while indexer.run_once(NOW):
            pass
        indexer.close()

    def record(self, kind: Kind, *drafts: ListingDraft) -> None:
        """Publish listings through the market's own action."""
        with writing(self.engine) as session:
            listings.record(session, kind, drafts, OPERATOR_VIEWER, NOW)

    def session(self) -> Session:
        """A session to look with."""
        return self.app.state.sessions()  # type: ignore[no-any-return]

    @contextmanager
    def counted(self) -> Iterator[list[str]]:
        """The SQL statements that run inside."""
        seen: list[str] = []

        def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
            seen.append(statement)

        event.listen(self.engine, "before_cursor_execute", note)
        yield seen
        event.remove(self.engine, "before_cursor_execute", note)


def draft(number: int, kind: Kind, **values: object) -> ListingDraft:
    """A listing about one of a few technical matters."""
    title, summary, body, field = MATTERS[kind][number % len(MATTERS[kind])]
    plain: dict[str, object] = {
        "title": f"{title}（{number}）",
        "owner_id": 1 if kind is Kind.NEED else 2,
        "summary": summary,
        "body": body,
        "keywords": ("回收", "节能"),
        "field_codes": (field,),
        "division_code": "441802" if kind is Kind.NEED else "440100",
        "readiness": 4 + number % 5,
        "modes": (CooperationMode.JOINT,),
        "amount_min": 50_000_000 if number % 3 else None,
        "amount_max": 80_000_000 if number % 3 else None,
        "is_demo": True,
        "source": "tests",
        "source_id": f"{kind.value}-{number}",
        "published_at": NOW - timedelta(hours=number),
    }
    return ListingDraft(**{**plain, **values})  # type: ignore[arg-type]


MATTERS = {
    Kind.NEED: [
        ("废锗靶与锗屑回收提纯", "切屑和废靶只能低价外卖。",
         "希望把回收锗提纯到 5N 以上。\n试过酸溶沉淀，铁和硅带入多。", "NM08"),
        ("陶瓷辊道窑排烟余热利用", "窑头排烟温度高，热损失大。",
         "排烟温度 180 ℃ 以上，希望回收余热用于坯体干燥。", "TI05"),
    ],
    Kind.ACHIEVEMENT: [
        ("锗废料氯化蒸馏与区熔提纯", "从锗屑和废靶中回收高纯锗。",
         "氯化蒸馏除铁硅，区熔提纯到 6N。已完成中试。", "NM08"),
        ("辊道窑烟气余热梯级回收", "排烟余热用于干燥和助燃风预热。",
         "换热器布置在窑头，排烟温度降到 90 ℃。", "TI05"),
        ("Ratiometric lateral flow readout", "A reference line corrects batch drift.",
         "The strip reader compares two lines.", "NM"),
    ],
}  # fmt: skip


def furnish(site: Site, needs: int, achievements: int) -> None:
    """Places, two organisations, and so many listings of each kind."""
    with writing(site.engine) as session:
        fields = [Field(code=c, parent_code=p, name=n) for c, p, n in FIELDS]
        divisions = [Division(code=c, parent_code=p, name=n) for c, p, n in DIVISIONS]
        places.record(session, fields, OPERATOR_VIEWER)
        places.record(session, divisions, OPERATOR_VIEWER)
        for key, kind, name, division in (
            ("e", OrganisationKind.ENTERPRISE, "示例企业甲", "441802"),
            ("i", OrganisationKind.INSTITUTION, "示例研究所一", "440100"),
        ):
            body = OrganisationDraft(
                key=key, kind=kind, name=name, division_code=division, is_demo=True
            )
            organisations.record(session, body, OPERATOR_VIEWER, NOW)
    english = {"language": Language.ENGLISH}
    for kind, count in ((Kind.NEED, needs), (Kind.ACHIEVEMENT, achievements)):
        drafts = [
            draft(n, kind, **(english if kind is Kind.ACHIEVEMENT and n % 3 == 2 else {}))
            for n in range(count)
        ]
        site.record(kind, *drafts)
