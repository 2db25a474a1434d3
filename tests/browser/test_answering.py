"""A reader compares achievements for a need, answers, keeps one, and finds it all again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from market.models import AnswerReason
from tests.browser.conftest import opening, serving
from tests.web.people import person_in, token_of
from tests.web.site import Site


@pytest.fixture
def place(site_in: Callable[..., Site], tmp_path: Path) -> Site:
    """One need whose best matches are plain."""
    made = site_in(tmp_path / "site", 1, 6, "lexical")
    made.index()
    return made


@pytest.fixture
def reads(browser: Browser, place: Site) -> Iterator[Callable[..., Page]]:
    """Opens pages of it, as one and the same reader."""
    token = token_of(place, person_in(place))
    with serving(place) as address, opening(browser, address) as opened:
        yield lambda path, width: opened(path, width, token)


def answer(page: Page, id: str, verdict: str, reason: AnswerReason) -> None:
    """Unfold a way of answering and press its reason."""
    row = page.locator(f"#{id}")
    row.locator(f"summary[aria-label^='标为{verdict}']").click()
    row.get_by_role("button", name=reason.text, exact=True).click()
    expect(row.locator(".answered")).to_contain_text(f"您标为{verdict}：{reason.text}")
    expect(row.locator(".answered")).to_be_focused()


def is_narrow(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth") == 390)


def test_a_reader_compares_and_answers(reads: Callable[..., Page]) -> None:
    page = reads("/needs/1", 390)
    page.locator("#weak-matches > summary").click()
    rows = page.locator(".stored .result")
    good, bad, other = (rows.nth(n).get_attribute("id") or "" for n in range(3))
    for id in (good, bad, other):
        page.locator(f"#{id}").get_by_label(re.compile("^比较")).check()
    page.locator(f"#{good} .fold > summary").click()
    expect(page.locator(f"#{good} .why")).to_contain_text("共同用词")

    answer(page, good, "有用", AnswerReason.SOLVES)
    answer(page, bad, "不相关", AnswerReason.OTHER_FIELD)
    page.locator(f"#{good} .star").click()
    expect(page.locator(f"#{good} .star")).to_have_text("已收藏")
    assert is_narrow(page)

    page.get_by_role("button", name="并排比较").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("并排比较 3 项成果")
    expect(page.locator(".compare thead .achievement-side")).to_have_count(3)
    expect(page.locator(".answers-row")).to_contain_text("您标为有用：能解决")
    assert is_narrow(page)

    page.goto("/needs/1")
    aside = page.locator("#aside-matches")
    expect(aside.locator("summary").first).to_have_text("您标为不相关的 1 项")
    expect(page.locator(f"#{bad}")).to_be_hidden()
    page.goto("/desk")
    page.get_by_role("link", name="我的收藏").click()
    expect(page.locator(".kept-row h2")).to_have_count(1)
    assert is_narrow(page)
