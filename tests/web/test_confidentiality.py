"""Every door of the site, every kind of reader, every field at every tier.

Five achievements say something in every field that stands nowhere else. Each field is kept at
another tier in each of them, so that together they hold every field at every tier. Whatever a door
answers is searched for all of it.
"""

from __future__ import annotations

import io
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlmodel import col, select

from market.actions import places
from market.db import writing
from market.models import (
    Achievement,
    Audience,
    Disclosure,
    DisclosureState,
    Division,
    Kind,
    Membership,
    Role,
    Tier,
)
from market.models.enums import Holding, RightKind
from market.models.listings import TIERED_BY
from market.models.particulars import Holder, Indicator, Right
from market.roles import OPERATOR_VIEWER
from tests.web.pages import HX, Client
from tests.web.people import organisation_in, person_in, signed_in, visitor
from tests.web.site import NOW, Site, draft, furnish

LEVELS = list(Tier)
NAMES = TIERED_BY[Kind.ACHIEVEMENT]
SECRETS = [(name, tier) for name in NAMES for tier in Tier]
TURNS = [
    {name: LEVELS[(place + turn) % len(LEVELS)] for place, name in enumerate(NAMES)}
    for turn in range(len(LEVELS))
]
"""Of each achievement, the tier of every field."""
Secret = tuple[str, Tier]
TOPIC = "辊道窑烟气余热梯级回收"
HIGHEST = {
    "visitor": Tier.PUBLIC, "stranger": Tier.REGISTERED, "disclosed": Tier.MATCHED,
    "expert": Tier.REVIEWERS, "other expert": Tier.REGISTERED, "officer": Tier.BUREAU,
    "supervisor": Tier.BUREAU, "administrator": Tier.REGISTERED, "owner": Tier.BUREAU,
    "viewer": Tier.BUREAU,
}  # fmt: skip
INSIDE = ("owner", "viewer")


def word(name: str, tier: Tier) -> str:
    """What stands in a field that is kept at a tier, and nowhere else."""
    return f"qz{name}{tier.value}"


def number(tier: Tier) -> int:
    """The readiness, and the repeated digit of the amount, of a tier."""
    return 5 + LEVELS.index(tier)


def values(name: str, tier: Tier, owner: int) -> dict[str, object]:
    said = word(name, tier)
    return {
        "owner": {"owner_id": owner}, "summary": {"summary": f"{said} 余热"},
        "body": {"body": f"换热器布置在窑头，{said}"}, "keywords": {"keywords": (said,)},
        "division": {"division_code": f"44010{number(tier)}"},
        "readiness": {"readiness": number(tier)},
        "amount": {"amount_min": int(str(number(tier)) * 4) * 1_000_000, "amount_max": None},
        "indicators": {"indicators": (Indicator(said, "180", "90", "℃"),)},
        "rights": {"rights": (Right(RightKind.KNOW_HOW, name=said),)},
        "holders": {"holders": (Holder(said, Holding.OWNERSHIP),)},
        **{text: {text: f"{said} 余热"} for text in ("innovation", "cases", "team", "contact")},
    }[name]  # fmt: skip


def said_in(text: str) -> set[Secret]:
    """Every secret that a page, a fragment or an answer of the API tells."""
    found = set()
    for name, tier in SECRETS:
        n = number(tier)
        patterns = {
            "readiness": rf'成熟度 {n} 级|现为 {n} 级|"readiness": {n}\b|\[{n}, {n}\]',
            "amount": rf"{n},{n * 111} 万|{n}{n}{n}{n}0000(?!\d)|{n}{n}{n}{n}000000",
        }
        if re.search(patterns.get(name, re.escape(word(name, tier)) + r"(?![a-z])"), text):
            found.add((name, tier))
    return found


class Doors:
    """The site, and everybody's browser."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.ids: dict[Secret, int] = {}
        self.held: dict[int, set[Secret]] = {}
        self.owners: dict[Tier, int] = {}
        self._fill()
        self.clients = self._readers()
        site.app.state.catalogue.refresh()

    def _fill(self) -> None:
        site = self.site
        furnish(site, 0, 0)
        with writing(site.engine) as session:
            wards = [Division(code=f"44010{number(t)}", parent_code="440100",
                              name=f"{word('division', t)}区") for t in Tier]  # fmt: skip
            places.record(session, wards, OPERATOR_VIEWER)
        self.owners = {t: organisation_in(site, word("owner", t), is_demo=True) for t in Tier}
        drafts = []
        for n, tiers in enumerate(TURNS):
            said: dict[str, object] = {"title": TOPIC, "tiers": tiers}
            for name, tier in tiers.items():
                said |= values(name, tier, self.owners[tier])
            drafts.append(draft(n, Kind.ACHIEVEMENT, **said))
        site.record(Kind.ACHIEVEMENT, *drafts)
        need = {"title": TOPIC, "division_code": "440100", "readiness": 4, "amount_min": 100,
                "amount_max": None, "field_codes": ("TI05",)}  # fmt: skip
        site.record(Kind.NEED, *(draft(n, Kind.NEED, **need) for n in range(2)))
        with site.session() as session:
            rows = session.exec(select(Achievement).order_by(col(Achievement.id))).all()
            self.held = {r.key: set(t.items()) for r, t in zip(rows, TURNS, strict=True)}
            self.ids = {secret: id for id, held in self.held.items() for secret in held}
        site.index()

    def _readers(self) -> dict[str, Client]:
        site = self.site
        let, mine = organisation_in(site, "获准单位"), [2, *self.owners.values()]
        expert = person_in(site, Role.EXPERT)
        owner = person_in(site, organisation=2)
        viewer = person_in(site, organisation=2, role=Role.VIEWER)
        with writing(site.engine) as session:
            for person, role in ((owner, Role.OWNER), (viewer, Role.VIEWER)):
                session.add_all(
                    Membership(person_id=person, organisation_id=id, role=role, since=NOW)
                    for id in mine[1:]
                )
            for id in self.held:
                for audience, who in ((Audience.ORGANISATION, let), (Audience.EXPERT, expert)):
                    session.add(Disclosure(
                        kind=Kind.ACHIEVEMENT, listing_id=id, audience=audience,
                        organisation_id=let if who is let else None,
                        person_id=expert if who is expert else None,
                        state=DisclosureState.GRANTED, requested_by=owner, requested_at=NOW,
                    ))  # fmt: skip
        return {
            "visitor": visitor(site),
            "stranger": signed_in(site, organisation=organisation_in(site, "别家单位")),
            "disclosed": signed_in(site, organisation=let, role=Role.VIEWER),
            "expert": signed_in(site, person=expert), "other expert": signed_in(site, Role.EXPERT),
            "officer": signed_in(site, Role.ROUND_OFFICER),
            "supervisor": signed_in(site, Role.SUPERVISOR),
            "administrator": signed_in(site, Role.ADMINISTRATOR),
            "owner": signed_in(site, person=owner), "viewer": signed_in(site, person=viewer),
        }  # fmt: skip


@pytest.fixture(scope="module")
def doors(empty: Path, tmp_path_factory: pytest.TempPathFactory) -> Doors:
    folder = tmp_path_factory.mktemp("doors") / "site"
    shutil.copytree(empty, folder)
    return Doors(Site(folder))


def allowed(who: str) -> set[Secret]:
    return {(name, tier) for name, tier in SECRETS if tier.level <= HIGHEST[who].level}


def without_menu(text: str) -> str:
    """The page without the menu, which names the organisations that one belongs to."""
    return re.sub(r'<header class="top">.*?</header>', "", text, flags=re.DOTALL)


def main_of(text: str) -> str:
    """The same without what there is to choose from, whatever the listings say."""
    choices = r"<fieldset.*?</fieldset>|<select.*?</select>"
    return re.sub(choices, "", without_menu(text), flags=re.DOTALL)


def dumped(answer: object) -> str:
    return json.dumps(answer, ensure_ascii=False)


READERS = pytest.mark.parametrize("who", HIGHEST)


@READERS
def test_the_page_of_a_listing(who: str, doors: Doors) -> None:
    """Body, facts, title and description of the document, links of keywords, what is printed. Its
    head is read by previews and search engines, and is public whoever opens it."""
    found: set[Secret] = set()
    ahead: set[Secret] = set()
    for id, held in doors.held.items():
        text = doors.clients[who].raw.get(f"/achievements/{id}").text
        said = said_in(without_menu(text))
        assert said <= held
        found |= said
        ahead |= said_in(text.split("<body>")[0])
    assert found == allowed(who)
    assert {tier for _, tier in ahead} == {Tier.PUBLIC}
    assert {name for name, _ in ahead} >= {"summary", "owner", "keywords", "indicators"}


@READERS
def test_the_listing_as_json(who: str, doors: Doors) -> None:
    found = set()
    for id in doors.held:
        answer = doors.clients[who].json(f"/api/v1/achievements/{id}")
        found |= said_in(dumped(answer))
        is_named = answer["owner"]["id"] is not None
        assert is_named is ("owner" not in answer["hidden"])
    assert found == allowed(who)


LISTED = ("owner", "summary", "division", "readiness", "amount", "indicators")
"""What a list shows; the next text that may be read stands in for a summary that may not."""


def is_listed(who: str, said: set[Secret]) -> bool:
    shown = {secret for secret in said if secret[0] in LISTED}
    is_whole = shown == {secret for secret in allowed(who) if secret[0] in LISTED}
    return is_whole and said <= allowed(who)


@READERS
def test_the_list(who: str, doors: Doors) -> None:
    assert is_listed(who, said_in(main_of(doors.clients[who].get("/achievements").text)))


@READERS
def test_the_list_for_htmx(who: str, doors: Doors) -> None:
    part = doors.clients[who].fragment("/achievements", "listing").text
    assert is_listed(who, said_in(main_of(part)))


@READERS
def test_the_list_as_json(who: str, doors: Doors) -> None:
    answer = doors.clients[who].json("/api/v1/achievements?per_page=100")
    said = said_in(dumped(answer))
    assert answer["total"] == len(TURNS)
    assert said <= allowed(who)
    facts = ("owner", "summary", "keywords", "division", "readiness", "amount")
    assert {secret for secret in said if secret[0] in facts} == {
        secret for secret in allowed(who) if secret[0] in facts
    }


@READERS
@pytest.mark.parametrize("name", ["summary", "keywords", "body", "indicators", "rights"])
def test_words_find_what_is_public(who: str, name: str, doors: Doors) -> None:
    """Whoever may read a field finds nothing by it either: a count would tell the others."""
    client = doors.clients[who]
    totals = {
        tier: client.json(f"/api/v1/achievements?q={word(name, tier)}")["total"] for tier in Tier
    }
    is_searched = name in ("summary", "keywords")
    assert totals == {tier: int(tier is Tier.PUBLIC and is_searched) for tier in Tier}


@READERS
def test_filters_and_counts_tell_nothing(who: str, doors: Doors) -> None:
    client = doors.clients[who]
    for tier in Tier:
        expected = int(tier is Tier.PUBLIC)
        n = number(tier)
        found = [
            client.json(f"/api/v1/achievements?divisions=44010{n}")["total"],
            client.json(f"/api/v1/achievements?readiness_min={n}&readiness_max={n}")["total"],
        ]
        assert found == [expected, expected], tier
    page = client.get("/achievements?division=440100")
    boxes = {box.get("value"): box.get("name") for box in page.all("input")}
    assert {f"44010{number(tier)}" in boxes for tier in list(Tier)[1:]} == {False}
    assert boxes[f"44010{number(Tier.PUBLIC)}"] == "division"


@READERS
@pytest.mark.parametrize("sort", ["readiness", "amount"])
def test_orders_tell_nothing(who: str, sort: str, doors: Doors) -> None:
    found = [
        [item["id"] for item in doors.clients[each].json(
            f"/api/v1/achievements?per_page=100&sort={sort}")["items"]]
        for each in (who, "visitor")
    ]  # fmt: skip
    assert found[0] == found[1]
    assert found[0][0] == doors.ids[sort, Tier.PUBLIC]
    rest = found[0][1:]
    assert rest == sorted(rest, reverse=True)


@READERS
def test_matches_of_a_text(who: str, doors: Doors) -> None:
    client, ask = doors.clients[who], f"text={TOPIC}&wanted=achievement"
    part = client.fragment(f"/match?{ask}", "results").text
    answer = client.json(f"/api/v1/match?{ask}&limit=100&amount_min=1")
    said = said_in(main_of(part)) | said_in(dumped(answer))
    assert len(answer["items"]) == len(TURNS)
    assert said <= allowed(who)
    assert {(n, Tier.PUBLIC) for n in ("owner", "summary", "keywords", "amount")} <= said


@READERS
def test_reasons_and_scores_are_the_same_for_everybody(who: str, doors: Doors) -> None:
    """Percentages, terms, quotes and facts; for a text that holds every secret word."""
    words = " ".join(word(*secret) for secret in SECRETS)
    ask = f"/api/v1/match?text={TOPIC}%0A{words}&wanted=achievement&limit=100"
    answers = [doors.clients[each].json(ask)["items"] for each in (who, "visitor")]
    told = [[(i["listing"]["id"], i["score"], i["reasons"]) for i in items] for items in answers]
    assert told[0] == told[1]
    quoted = {
        (id, dumped([reasons["terms"], reasons["sentences"] and reasons["sentences"]["document"]]))
        for id, _, reasons in told[0]
    }
    said = {secret for id, text in quoted for secret in said_in(text) & doors.held[id]}
    assert {tier for _, tier in said} == {Tier.PUBLIC}


@READERS
def test_the_search_page(who: str, doors: Doors) -> None:
    client = doors.clients[who]
    texts = [
        without_menu(client.get(f"/search?q={TOPIC}").text),
        client.fragment(f"/search?q={TOPIC}", "found").text,
        dumped(client.json(f"/api/v1/search?q={TOPIC}&limit=100")),
    ]
    said = set().union(*(said_in(text) for text in texts))
    assert said <= allowed(who)
    assert ("owner", Tier.PUBLIC) in said


@READERS
@pytest.mark.parametrize("name", ["summary", "body", "keywords", "indicators"])
def test_a_search_marks_no_hidden_word(who: str, name: str, doors: Doors) -> None:
    for tier in list(Tier)[1:]:
        text = doors.clients[who].fragment(f"/search?q={word(name, tier)}", "found").text
        assert f"<mark>{word(name, tier)}" not in text
        assert word(name, tier) not in re.sub(r"<title>.*?</title>|“.*?”", "", text) or (
            (name, tier) in allowed(who)
        )


SOME = pytest.mark.parametrize("who", ["visitor", "stranger", "disclosed", "owner"])
"""One reader of each level, for doors that every reader comes to by the same page."""


@SOME
def test_the_sheet_for_paper(who: str, doors: Doors) -> None:
    found: set[Secret] = set()
    for id, held in doors.held.items():
        said = said_in(without_menu(doors.clients[who].raw.get(f"/achievements/{id}/sheet").text))
        assert said <= held
        found |= said
    assert found == allowed(who)


@SOME
@pytest.mark.parametrize("door", ["share", "citation.bib", "citation.ris", "code.svg"])
def test_what_is_passed_on_is_public_whoever_passes_it_on(
    who: str, door: str, doors: Doors
) -> None:
    said: set[Secret] = set()
    for id in doors.held:
        answer = doors.clients[who].raw.get(f"/achievements/{id}/{door}")
        assert answer.status_code == 200
        said |= said_in(without_menu(answer.text))
    shown = {"share": {"summary", "owner", "amount"}, "citation.ris": {"summary", "owner"},
             "citation.bib": {"owner"}, "code.svg": set()}  # fmt: skip
    assert {tier for _, tier in said} <= {Tier.PUBLIC}
    assert {name for name, _ in said} >= shown[door]


@READERS
def test_feeds_and_sitemaps(who: str, doors: Doors) -> None:
    client = doors.clients[who]
    pages = [client.raw.get("/achievements/feed.atom").text]
    pages.append(client.raw.get("/sitemaps/achievements-1.xml").text)
    said = said_in("".join(pages))
    assert {tier for _, tier in said} == {Tier.PUBLIC}
    assert {name for name, _ in said} >= {"summary", "owner", "indicators", "amount"}


@READERS
def test_the_stored_matches_on_the_other_side(who: str, doors: Doors) -> None:
    said: set[Secret] = set()
    for id in (1, 2):
        client = doors.clients[who]
        said |= said_in(without_menu(client.get(f"/needs/{id}").text))
        said |= said_in(dumped(client.json(f"/api/v1/needs/{id}")))
    assert said <= allowed(who)
    assert said & {secret for secret in SECRETS if secret[1] is Tier.PUBLIC}


@READERS
def test_the_files_of_a_list(who: str, doors: Doors) -> None:
    """All of what its reader may read, and nothing else, in every format and by every door."""
    client = doors.clients[who].raw
    answers = {
        format: client.get(f"/achievements/export.{format}")
        for format in ("csv", "json", "jsonl", "xlsx")
    } | {"api": client.get("/api/v1/achievements/export.jsonl")}
    texts = {format: answer.text for format, answer in answers.items() if format != "xlsx"}
    (sheet,) = sheets_of(answers["xlsx"].content)
    texts["xlsx"] = "\n".join(str(cell) for row in sheet for cell in row)
    named = {secret for secret in SECRETS if secret[0] == "division"}
    for format in ("json", "jsonl", "api"):
        assert said_in(texts[format]) == allowed(who) - named, format
    numbers = {(name, tier) for name, tier in SECRETS if name in ("readiness", "amount")}
    for format in ("csv", "xlsx"):
        assert said_in(texts[format]) - numbers == allowed(who) - numbers, format
    place = sheet[0].index("现有成熟度")
    levels = {row[place] for row in sheet[1:]} - {""}
    assert levels == {number(tier) for name, tier in allowed(who) if name == "readiness"}


def sheets_of(data: bytes) -> list[list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]


@READERS
def test_a_comparison(who: str, doors: Doors) -> None:
    """Beside a need, and beside a text, four at a time."""
    client, ids = doors.clients[who], list(doors.held)
    for start in range(0, len(ids), 4):
        asked = "&".join(f"achievement={id}" for id in ids[start : start + 4])
        few = set().union(*(doors.held[id] for id in ids[start : start + 4]))
        for path in (f"/needs/1/compare?{asked}", f"/compare?text={TOPIC}&{asked}"):
            said = said_in(without_menu(client.get(path).text))
            assert said <= allowed(who) & few


@READERS
def test_a_list_that_one_keeps(who: str, doors: Doors) -> None:
    client = doors.clients[who]
    if who == "visitor":
        assert client.send("/saved", item="achievement:1").startswith("/sign-in")
        return
    for id in doors.held:
        client.send("/saved", item=f"achievement:{id}")
    [link] = {each.get("href") for each in client.get("/lists").all("a")
              if re.fullmatch(r"/lists/\d+", each.get("href") or "")}  # fmt: skip
    assert said_in(without_menu(client.get(str(link)).text)) <= allowed(who)


@READERS
@pytest.mark.parametrize("tier", list(Tier))
def test_the_page_of_the_owner(who: str, tier: Tier, doors: Doors) -> None:
    id, client = doors.owners[tier], doors.clients[who]
    is_known = tier is Tier.PUBLIC or who in INSIDE
    page = client.get(f"/organisations/{id}")
    assert (f'/achievements/{doors.ids["owner", tier]}"' in page.text) is is_known
    listed = client.json(f"/api/v1/achievements?organisation={id}")["total"]
    counted = client.json(f"/api/v1/organisations/{id}")["achievements"]
    assert (listed, counted) == (int(is_known), int(is_known))


@READERS
@pytest.mark.parametrize("path", ["/history", "/history/1/2", "/history?before=9"])
def test_the_history(who: str, path: str, doors: Doors) -> None:
    """Whoever may read all of a listing reads its history; for others there is none."""
    is_read = HIGHEST[who] is Tier.BUREAU and path != "/history/1/2"
    for id in doors.held:
        answer = doors.clients[who].raw.get(f"/achievements/{id}{path}")
        assert answer.status_code == (200 if is_read else 404)
        assert is_read or not said_in(main_of(answer.text))


@READERS
def test_advice(who: str, doors: Doors) -> None:
    """Matches, near-duplicates and what was tried, of a text that all of them resemble."""
    client = doors.clients[who]
    given = {"title": TOPIC, "body": "换热器布置在窑头", "summary": "余热"}
    said: set[Secret] = set()
    for kind in ("needs", "achievements"):
        pages = [client.raw.post(f"/{kind}/advice", data={**given, "keywords": words}) for words in
                 ("", *(word(name, tier) for name, tier in SECRETS[::9]))]  # fmt: skip
        assert {page.status_code for page in pages} == {200}
        typed = set(SECRETS[::9])
        said |= set().union(*(said_in(main_of(page.text)) for page in pages)) - typed
        hidden = client.raw.post(f"/{kind}/advice?listing={max(doors.held)}", data=given)
        said |= said_in(main_of(hidden.text))
    assert said <= allowed(who)


@READERS
def test_no_other_page_tells_more(who: str, doors: Doors) -> None:
    client = doors.clients[who]
    paths = ["/", "/match", "/search", "/ranking", "/needs"]
    if who != "visitor":
        paths += ["/desk", "/disclosures"]
    said = set().union(*(said_in(main_of(client.get(path).text)) for path in paths))
    assert said <= allowed(who)


@READERS
@pytest.mark.parametrize("path", ["edit", "disclosures", "report", "appeal", "nothing"])
def test_nor_does_a_refusal(who: str, path: str, doors: Doors) -> None:
    client = doors.clients[who]
    for secret in ((name, Tier.MATCHED) for name in ("owner", "body", "amount")):
        address = f"/achievements/{doors.ids[secret]}/{path}"
        answers = [client.raw.get(address), client.raw.get(address, headers=HX),
                   client.raw.post(address, data={"purpose": "x", "then": "publish"})]  # fmt: skip
        said = set().union(*(said_in(main_of(answer.text)) for answer in answers))
        assert said <= allowed(who) & doors.held[doors.ids[secret]]


def test_the_index_holds_what_is_public(doors: Doors) -> None:
    matcher = doors.site.matchmaker.reader()
    assert matcher is not None
    held = dumped([matcher.document(id).to_json() for id in sorted(matcher.ids)])
    found = {secret for secret in said_in(held) if secret[0] not in ("owner", "division")}
    expected = {"summary", "body", "keywords", "readiness", "amount", "indicators", "innovation",
                "cases"}  # fmt: skip
    assert found == {(name, Tier.PUBLIC) for name in expected}
    owners = {matcher.document(f"achievement:{doors.ids['owner', t]}").facts.owner for t in Tier}
    assert owners == {str(doors.owners[Tier.PUBLIC]), None}


def test_the_section_says_who_may_read(doors: Doors) -> None:
    words = {
        Tier.REGISTERED: "登录后可见", Tier.MATCHED: "承诺保密、经发布单位同意后可见",
        Tier.REVIEWERS: "只有主管部门指定的评审专家可见", Tier.BUREAU: "只有主管部门可见",
    }  # fmt: skip
    for tier in Tier:
        text = doors.clients["visitor"].get(f"/achievements/{doors.ids['body', tier]}").text
        section = text.partition("保密内容")[2]
        told = re.search(rf"补充说明.*?({'|'.join(words.values())})", section, re.DOTALL)
        if tier is Tier.PUBLIC:
            assert f"qzbody{tier.value}" in text
        else:
            assert told is not None
            assert told[1] == words[tier]


def test_a_hidden_owner_has_no_link(doors: Doors) -> None:
    for tier in list(Tier)[1:]:
        text = doors.clients["visitor"].get(f"/achievements/{doors.ids['owner', tier]}").text
        assert f"/organisations/{doors.owners[tier]}" not in text
        assert "某企业（单位名称不公开）" in text
