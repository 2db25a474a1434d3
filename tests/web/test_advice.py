"""Advice beside a form: the block, the page without JavaScript, sketches, and what it leads to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from market.models import Standing
from tests.web.pages import HX, TOKEN, Client, checked
from tests.web.people import organisation_in, signed_in, visitor
from tests.web.site import Site

TEXT = {"title": "废锗靶与锗屑回收", "problem": "希望把回收锗提纯到 5N 以上，铁和硅带入多。"}
ADVICE = {**HX, "HX-Target": "advice"}


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    made = make_site(2, 6)
    made.index()
    return made


@pytest.fixture
def writer(site: Site) -> Client:
    return signed_in(site, organisation=organisation_in(site, "甲", standing=Standing.VERIFIED))


def sketch(client: Client) -> str:
    """A new need in its first step: the address of the step."""
    there = client.raw.get("/needs/new")
    if there.status_code == 200:
        there = client.raw.post("/needs/new")
    return str(there.headers["location"]).partition("?")[0]


def code_of(address: str) -> str:
    return address.split("/")[3]


def ask(client: Client, path: str = "/needs/advice", **form: Any) -> Any:
    return client.raw.post(path, data=form, headers={**ADVICE, TOKEN: client.raw.token()})


def test_htmx_gets_the_aside_alone(site: Site) -> None:
    answer = ask(site.client, **TEXT)
    body = answer.text.split("</title>")[1]
    assert body.startswith('<aside id="advice"')
    assert "锗废料氯化蒸馏" in body
    assert answer.headers["X-Robots-Tag"] == "noindex"


def test_without_javascript_it_is_a_page(site: Site) -> None:
    page = checked(site.client.raw.post("/needs/advice", data=TEXT), 200)
    assert page.words("h1") == ["匹配与建议"]
    assert "没有写技术指标" in page.text


def test_nothing_typed_is_no_error(site: Site) -> None:
    assert "先写标题" in ask(site.client).text
    assert "先写标题" in ask(site.client, title="！！！").text


@pytest.mark.parametrize(
    "form",
    [
        {"title": "字" * 70_000}, {"title": "PK\\x03\\x04\\x00"}, {"problem": "字" * 70_000},
        {"keywords": "、".join("字" * n for n in range(1, 300))}, {"amount_min": "许多", **TEXT},
        {"readiness": "99", **TEXT}, {"field": "XX", **TEXT}, {"owner": "-1", **TEXT},
        {"tier_problem": "nobody", **TEXT}, {"indicators-name": "铅", **TEXT},
        {"advice_seen": "x:y 99999999999999:nan 1:2:3 :::", **TEXT},
        {"wanted_by": "2027-99-99", "title": "<script>alert(1)</script>锗"},
    ],
)  # fmt: skip
def test_whatever_is_typed_is_answered(form: dict[str, str], site: Site) -> None:
    answer = ask(site.client, **form)
    assert answer.status_code == 200
    assert "<script>" not in answer.text


def test_the_second_answer_says_what_changed(site: Site) -> None:
    first = ask(site.client, **TEXT).text
    assert "moved" not in first
    assert "moved new" in ask(site.client, advice_seen="", **TEXT).text


def test_an_achievement_is_advised_about_needs(site: Site) -> None:
    answer = ask(site.client, "/achievements/advice", title="锗废料氯化蒸馏与区熔提纯")
    assert "废锗靶与锗屑回收提纯" in answer.text
    assert "目前最接近的需求" in answer.text


def test_a_step_is_read_together_with_the_others(writer: Client) -> None:
    address = sketch(writer)
    writer.raw.post(address, data={**TEXT, "then": "go-measure"})
    path = f"/needs/advice?sketch={code_of(address)}&step=measure"
    answer = ask(writer, path, keywords="锗")
    assert "锗废料氯化蒸馏" in answer.text
    assert "没有写关键词" not in answer.text
    assert "data-field" in answer.text


def test_an_emptied_field_of_the_step_counts_as_empty(writer: Client) -> None:
    address = sketch(writer)
    writer.raw.post(address, data={**TEXT, "then": "stay"})
    path = f"/needs/advice?sketch={code_of(address)}&step=what"
    assert "先写标题" in ask(writer, path, title="", problem="").text


def test_another_ones_sketch_is_not_there(site: Site, writer: Client) -> None:
    path = f"/needs/advice?sketch={code_of(sketch(writer))}&step=what"
    for client in (visitor(site), signed_in(site)):
        assert ask(client, path, **TEXT).status_code == 404


def test_the_page_leads_back_with_what_was_typed(writer: Client) -> None:
    address = sketch(writer)
    path = f"/needs/advice?sketch={code_of(address)}&step=what"
    page = checked(writer.raw.post(path, data=TEXT), 200)
    form = next(each for each in page.all("form") if each.get("action") == address)
    typed = {each.get("name"): each.get("value") for each in form.iter() if each.get("name")}
    assert {name: typed[name] for name in TEXT} == TEXT


def test_the_form_has_its_place_for_it(writer: Client) -> None:
    page = writer.get(sketch(writer))
    assert page.by_id("advice").tag.endswith("aside")
    assert "看看目前的匹配" in page.text
