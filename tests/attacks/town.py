"""A site with two organisations: one of them keeps everything that can be kept from others, and
each text of it says a word of its own, so that it is known wherever it turns up."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, SQLModel

from market import contents, storage
from market.actions.drafts import ListingDraft
from market.credentials import digest_of
from market.db import writing
from market.models import (
    Answer,
    AnswerReason,
    Appeal,
    Assessment,
    Attachment,
    Audience,
    Certification,
    Channel,
    Delivery,
    Disclosure,
    Holding,
    Import,
    ImportRow,
    ImportState,
    Invitation,
    Kind,
    ListingState,
    ListingVersion,
    Membership,
    MembershipState,
    Merge,
    Notice,
    NoticeKind,
    OrganisationKind,
    Report,
    ReportReason,
    RightKind,
    RightStatus,
    Role,
    SavedItem,
    SavedList,
    Sketch,
    Stage,
    Standing,
    Tier,
    Verdict,
)
from market.models.particulars import Holder, Indicator, Right
from market.models.tables import TABLES
from market.roles import PLATFORM_ROLES
from tests.market.containers import png
from tests.web.pages import Browser, Client
from tests.web.people import organisation_in, person_in, signed_in, visitor
from tests.web.routes import Route, every_route
from tests.web.site import Site
from web.limits import OFF, Limits

Word = Callable[[str], str]
OWN = (Role.VIEWER, Role.EDITOR, Role.OWNER)
EVERYBODY = ("visitor", "stranger", *(role.value for role in PLATFORM_ROLES),
             *(f"own {role.value}" for role in OWN))  # fmt: skip


def secret(name: str) -> str:
    """A word that stands nowhere else."""
    return f"qz{name.replace(' ', '')}zq"


@dataclass
class Town:
    """What there is, by the name that addresses call it, and a browser for everybody."""

    site: Site
    word: Word
    home: int = 0
    other: int = 0
    ids: dict[str, Any] = field(default_factory=dict)
    planted: dict[str, str] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)

    def says(self, name: str, most: int = 2_000) -> str:
        """The word of one text, remembered."""
        self.planted[name] = self.word(name)[:most]
        return self.planted[name]

    def browser(self, who: str) -> Client:
        """A fresh browser of one of `EVERYBODY`."""
        is_known = who != "visitor"
        client = signed_in(self.site, person=self.people[who]) if is_known else visitor(self.site)
        made = Browser(self.site.app, follow_redirects=False, raise_server_exceptions=False)
        made.cookies = client.raw.cookies
        client.raw = made
        return client

    def address(self, route: Route, **instead: Any) -> str:
        """The address of a route about what the home organisation keeps."""
        path = re.sub(
            r"\{(\w+)(?::\w+)?\}", lambda m: str({**self.of(route), **instead}[m[1]]), route.path
        )
        return path + ("?achievement=1" if path.endswith("/compare") else "")

    def of(self, route: Route) -> dict[str, Any]:
        """What the parts of an address mean there."""
        names = {
            "kind": "need",
            "step": "what",
            "number": 2,
            "form": "ris",
            "other": 1,
            "entry": 1,
            "format": "json",
            "older": 1,
            "newer": 2,
            "version": 1,
            **self.ids,
        }
        if "/writing/" in route.path:
            return {**names, "code": self.ids[f"sketch {route.path.split('/')[1]}"]}
        if route.path.startswith("/sitemaps/"):
            return {**names, "name": "needs", "number": 1}
        if route.path.endswith("/small"):
            return {**names, "code": self.ids["picture"]}
        noun = next((n for start, n in NOUNS if re.match(start, route.path)), None)
        return {**names, "id": self.ids[noun]} if noun else names

    def routes(self, *methods: str) -> list[Route]:
        """The routes that somebody may open at all, static files aside."""
        return [r for r in every_route(self.site.app) if r.method in methods]


BUREAU = r"(/api/v1)?(/bureau)?"
NOUNS = (
    (r"(/api/v1)?/needs/", "need"), (r"(/api/v1)?/achievements/", "achievement"),
    (r"(/api/v1)?/organisations/", "organisation"), (r"(/api/v1)?/disclosures/", "disclosure"),
    (r"(/api/v1)?/appointments/", "appointment"), (BUREAU + "/listings/", "need"),
    (BUREAU + "/certifications/", "certification"), (BUREAU + "/reports/", "report"),
    (BUREAU + "/appeals/", "appeal"), (BUREAU + "/merges/", "merge"),
    (BUREAU + "/people/", "person"), (BUREAU + "/outbox/", "delivery"),
    (r"(/api/v1)?/inbox/", "notice"), (r"/api/v1/memberships/", "membership_id"),
    (r"/api/v1/invitations/", "invitation_id"), (r".*/(sessions|tokens)/", "sign_in"),
    (r"/account/identities/", "identity"), (r"(/api/v1)?/imports/", "import"),
    (r"(/api/v1)?/lists/", "list"),
)  # fmt: skip
"""What `{id}` is, by how an address begins."""


def town_on(site: Site, word: Word = secret) -> Town:
    """Both organisations, their people, and what the first of them keeps."""
    site.app.state.limits = Limits(OFF)
    town = Town(site, word)
    town.home = organisation_in(site, "甲方单位", standing=Standing.VERIFIED)
    town.other = organisation_in(site, "乙方单位", standing=Standing.VERIFIED)
    town.people = {
        "stranger": person_in(site, organisation=town.other),
        **{role.value: person_in(site, role) for role in PLATFORM_ROLES},
        **{f"own {role.value}": person_in(site, organisation=town.home, role=role) for role in OWN},
        "newcomer": person_in(site, name=town.says("person name", 60)),
    }
    with writing(site.engine) as session:
        _fill(town, session, site.app.state.now())
    site.app.state.catalogue.refresh()
    return town


def _fill(town: Town, session: Session, now: datetime) -> None:
    owner, home = town.people["own owner"], town.home
    asker = town.people["stranger"]
    for kind in Kind:
        town.ids[kind.value] = _draft(town, session, kind, now).key
    need = town.ids["need"]
    later = now + timedelta(days=7)
    rows: dict[str, SQLModel] = {
        "disclosure": Disclosure(
            kind=Kind.NEED, listing_id=need, audience=Audience.ORGANISATION,
            organisation_id=_third(town, session, now), purpose=town.says("purpose"),
            requested_by=owner, requested_at=now,
        ),
        "appointment": Disclosure(
            kind=Kind.NEED, listing_id=need, audience=Audience.EXPERT, person_id=owner,
            purpose=town.says("appointment"), requested_by=owner, requested_at=now,
        ),
        "membership_id": Membership(
            person_id=town.people["newcomer"], organisation_id=home, role=Role.VIEWER,
            state=MembershipState.REQUESTED, note=town.says("note", 300), since=now,
        ),
        "invitation_id": Invitation(
            organisation_id=home, role=Role.EDITOR, target=secret("invited") + "@example.com",
            digest=digest_of("invited"), invited_by=owner, created_at=now, expires_at=later,
        ),
        "certification": Certification(
            organisation_id=home, statement=town.says("statement"), submitted_by=owner,
            submitted_at=now,
        ),
        "merge": Merge(
            source_id=_third(town, session, now), target_id=home, reason=town.says("merge reason"),
            prepared_by=town.people["round-officer"], prepared_at=now,
        ),
        "notice": Notice(
            person_id=owner, kind=NoticeKind.LISTING, subject=town.says("subject", 200),
            text=town.says("notice text"), at=now,
        ),
        "delivery": Delivery(
            channel=Channel.EMAIL, target=secret("reached") + "@example.com", person_id=owner,
            subject=town.says("letter subject", 200), text=town.says("letter"), created_at=now,
            next_at=now,
        ),
    }  # fmt: skip
    rows["list"] = SavedList(
        person_id=owner, name=town.says("list name", 60), created_at=now, changed_at=now
    )
    rows["import"] = Import(
        organisation_id=home, person_id=owner, kind=Kind.NEED, name=town.says("import name", 200),
        headings=[town.says("import heading")], mapping=["title"], state=ImportState.CHECKED,
        total=1, started_at=now,
    )  # fmt: skip
    rows |= _moderation(town, session, now, owner, asker)
    rows["disclosure"].listing_id = town.ids["shown"]  # type: ignore[attr-defined]
    session.add_all(rows.values())
    session.flush()
    town.ids |= {name: row.id for name, row in rows.items()}  # type: ignore[attr-defined]
    town.ids |= {"organisation": home, "person": owner, "code": _file(town, session, need, now),
                 "grant_id": 1, "sign_in": 10**6, "identity": 1, "receipt": "JB-20261101-AAAAAA",
                 "token": "invited"}  # fmt: skip
    session.add(ImportRow(import_id=town.ids["import"], number=2, cells=[town.says("import cell")]))
    town.ids["picture"] = _picture(town, session, need, now)
    _kept(town, session, owner, now)
    for kind, folder in ((Kind.NEED, "needs"), (Kind.ACHIEVEMENT, "achievements")):
        town.ids[f"sketch {folder}"] = f"sketch-of-{kind.value}"
        session.add(
            Sketch(
                code=f"sketch-of-{kind.value}", person_id=owner, kind=kind, created_at=now,
                saved_at=now, step="what", revision=2,
                entered={"title": [town.says(f"sketch {kind.value}", 40)]},
            )
        )  # fmt: skip


def _kept(town: Town, session: Session, owner: int, now: datetime) -> None:
    """A note in the list, a word on a suggestion, and what listings said before."""
    shown, version = town.ids["shown"], ListingVersion
    item = SavedItem(
        list_id=town.ids["list"], kind=Kind.NEED, listing_id=shown, added_at=now,
        note=town.says("list note", 500),
    )  # fmt: skip
    answer = Answer(
        person_id=owner, side=Kind.NEED, need_id=shown, achievement_id=1, verdict=Verdict.USEFUL,
        reason=AnswerReason.SOLVES, comment=town.says("answer comment", 500), need_version=1,
        achievement_version=1, at=now,
    )  # fmt: skip
    session.add_all([item, answer])
    for name in ("need", "achievement", "shown"):
        kind = Kind.ACHIEVEMENT if name == "achievement" else Kind.NEED
        parts = ("title", "body")
        before = {part: town.says(f"{name} earlier {part}", 200) for part in parts}
        for number, said in enumerate((before, dict.fromkeys(parts, "")), 1):
            content = contents.write(kind, ListingDraft("", town.home)) | said
            session.add(
                version(
                    kind=kind, listing_id=town.ids[name], version=number, at=now, author_id=owner,
                    content=content | {"tiers": {"body": Tier.MATCHED.value}},
                )
            )  # fmt: skip
    session.flush()
    town.ids["item"] = item.id


def _draft(town: Town, session: Session, kind: Kind, now: datetime, **given: Any) -> Any:
    """A listing with a word in each of its texts; a draft unless `given` says otherwise."""
    name = given.pop("called", kind.value)
    row = TABLES[kind].listing(
        title=town.says(f"{name} title", 200), summary=town.says(f"{name} summary"),
        body=town.says(f"{name} body"), keywords=[town.says(f"{name} keyword", 200)],
        owner_id=town.home, created_at=now, changed_at=now, version=2, contact_tier=Tier.REGISTERED,
        **{"standing_reason": town.says(f"{name} reason"), **_more(town, kind, name), **given},
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def _more(town: Town, kind: Kind, name: str) -> dict[str, Any]:
    """What stands in the other parts of a listing, cells of tables included."""

    def word(part: str) -> str:
        return town.says(f"{name} {part}", 200)

    indicators = [Indicator(*(word(f"indicator {cell}") for cell in ("name", "before", "value")))]
    if kind is Kind.NEED:
        texts = ("background", "problem", "tried")
        return {"indicators": indicators, "contact": word("contact")} | {n: word(n) for n in texts}
    return {
        "indicators": indicators, "contact": word("contact"), "team": word("team"),
        "innovation": word("innovation"), "cases": word("cases"), "assessor": word("assessor"),
        "assessment": Assessment.ASSESSED, "stage": Stage.MIDDLE,
        "rights": [Right(RightKind.SOFTWARE, "", word("right"), RightStatus.GRANTED)],
        "holders": [Holder(word("holder"), Holding.OWNERSHIP)],
    }  # fmt: skip


def _moderation(
    town: Town, session: Session, now: datetime, owner: int, asker: int
) -> dict[str, SQLModel]:
    """Something published with a field kept back, a report of it, and an appeal for another."""
    shown = _draft(
        town, session, Kind.NEED, now, called="shown", state=ListingState.PUBLISHED,
        published_at=now, expires_at=now + timedelta(days=90), body_tier=Tier.MATCHED,
    )  # fmt: skip
    open_one = _draft(
        town, session, Kind.ACHIEVEMENT, now, called="open", state=ListingState.PUBLISHED,
        published_at=now, expires_at=now + timedelta(days=90),
    )  # fmt: skip
    down = _draft(
        town, session, Kind.NEED, now, called="down", state=ListingState.TAKEN_DOWN,
        taken_down_by=town.people["round-officer"],
    )  # fmt: skip
    review = _draft(town, session, Kind.NEED, now, called="review", state=ListingState.IN_REVIEW)
    town.ids |= {"shown": shown.key, "down": down.key, "review": review.key}
    town.ids["open"] = open_one.key
    return {
        "report": Report(
            receipt="JB-20261101-AAAAAA", kind=Kind.NEED, listing_id=shown.key,
            listing_title=shown.title, reason=ReportReason.FALSE, text=town.says("report"),
            contact=secret("contact"), reported_by=owner, received_at=now, due_at=now,
        ),
        "appeal": Appeal(
            kind=Kind.NEED, listing_id=down.key, text=town.says("appeal"), filed_by=owner,
            filed_at=now, against=town.people["round-officer"],
        ),
    }  # fmt: skip


def _third(town: Town, session: Session, now: datetime) -> int:
    """An organisation that nobody in the tests belongs to."""
    from market.models import Organisation

    if "third" not in town.ids:
        row = Organisation(
            name=town.says("name", 200), name_en=town.says("name en", 200),
            about=town.says("about"), website="https://example.com/", created_at=now,
            kind=OrganisationKind.ENTERPRISE,
        )  # fmt: skip
        session.add(row)
        session.flush()
        town.ids["third"] = row.id
    found: int = town.ids["third"]
    return found


def _picture(town: Town, session: Session, need: int, now: datetime) -> str:
    data = png()
    stored = storage.store(town.site.app.state.settings.data, data)
    session.add(
        Attachment(
            code="qzpicturezq", stored_as=stored, small_as=stored, noun="need", noun_id=need,
            uploaded_at=now, name=town.says("file name of a picture", 150) + ".png", width=2,
            height=2, media_type="image/png", size=len(data), sha256="1" * 64, tier=Tier.MATCHED,
        )
    )  # fmt: skip
    return "qzpicturezq"


def _file(town: Town, session: Session, need: int, now: datetime) -> str:
    data = secret("content").encode()
    stored = storage.store(town.site.app.state.settings.data, data)
    session.add(
        Attachment(
            code="qzcodezq", stored_as=stored, noun="need", noun_id=need, uploaded_at=now,
            name=town.says("file name", 150) + ".txt", media_type="text/plain", size=len(data),
            sha256="0" * 64,
        )
    )  # fmt: skip
    return "qzcodezq"
