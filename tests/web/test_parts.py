"""Small parts: addresses, marks, formats, settings, and the rule of every route."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
import textwrap
import threading
import zlib
from base64 import urlsafe_b64encode
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from market.rules import RULES
from matching import Span
from tests.web.site import Site
from web import addresses, formats, marks, permissions, settings
from web.app import create_app
from web.settings import BadSetting, Settings


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=3000))
def test_packing_loses_nothing(text: str) -> None:
    assert addresses.unpack(addresses.pack(text)) == text


@given(st.text(st.sampled_from("AZaz09-_=%中"), max_size=200))
def test_unpacking_anything_is_safe(packed: str) -> None:
    with suppress(addresses.Unreadable):
        addresses.unpack(packed)


def test_a_bomb_does_not_unpack() -> None:
    bomb = urlsafe_b64encode(zlib.compress(b"a" * 20_000_000, 9)).decode()
    with pytest.raises(addresses.Unreadable):
        addresses.unpack(bomb)


def test_only_what_is_set_stands_in_an_address() -> None:
    values = {"a": "1", "b": "", "c": None, "d": ["x", "y"], "e": ()}
    assert addresses.address("/p", values) == "/p?a=1&d=x&d=y"


def test_marks_merge_and_escape() -> None:
    spans = [Span("text", 1, 3), Span("text", 2, 4), Span("title", 0, 9), Span("text", 90, 99)]
    assert marks.marked("a<b>c&", spans, "text") == "a<mark>&lt;b&gt;</mark>c&amp;"


def test_marks_of_a_quote_count_from_its_part() -> None:
    assert marks.marked("锗回收", [Span("text", 11, 13)], "text", 10) == "锗<mark>回收</mark>"


def test_an_excerpt_shows_where_the_words_are() -> None:
    text = "甲" * 300 + "锗" + "乙" * 300
    found = marks.excerpt(text, [Span("text", 300, 301)])
    assert "<mark>锗</mark>" in found
    assert found.startswith("…")
    assert found.endswith("…")


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (None, None, "面议"),
        (50_000_000, 80_000_000, "50–80 万元"),
        (50_000_000, 50_000_000, "50 万元"),
        (1_234_500, None, "1.23 万元以上"),
        (None, 1_200_000_000, "1,200 万元以下"),
    ],
)
def test_amounts_read_naturally(low: int | None, high: int | None, words: str) -> None:
    assert formats.amount(low, high) == words


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (7, 7, "7 级"),
        (7, 9, "7 级以上"),
        (1, 4, "4 级以下"),
        (4, 6, "4–6 级"),
        (None, None, "不限"),
    ],
)
def test_levels_read_naturally(low: int | None, high: int | None, words: str) -> None:
    assert formats.levels(low, high) == words


@pytest.mark.parametrize(("share", "shown"), [(0.3999, 39), (0.4, 40), (0.29, 29), (1.0, 100)])
def test_a_score_never_shows_more_than_it_is(share: float, shown: int) -> None:
    assert formats.score(share) == shown


def test_settings_come_from_the_environment() -> None:
    found = Settings.from_environment(
        {
            "KEJIE_DATA": "/d",
            "KEJIE_PORT": "9000",
            "KEJIE_ALLOWED_HOSTS": "a.cn, b.cn",
            "KEJIE_MODEL": "",
        }
    )
    assert found == Settings(data=Path("/d"), port=9000, allowed_hosts=("a.cn", "b.cn"))


@pytest.mark.parametrize("name", ["KEJIE_PORT", "KEJIE_WORKER"])
def test_a_bad_setting_is_named(name: str) -> None:
    with pytest.raises(BadSetting, match=name):
        Settings.from_environment({name: "abc"})


def test_every_setting_is_documented() -> None:
    assert settings.__doc__
    for name in Settings.__slots__:
        assert f"| KEJIE_{name.upper()} |" in settings.__doc__


def test_every_route_names_its_rule(site: Site) -> None:
    for route in routes(site):
        named = {getattr(d.call, "rule", None) for d in route.dependant.dependencies}
        assert named & RULES.keys(), route.path


def test_every_handler_is_sync_and_short(site: Site) -> None:
    for route in routes(site):
        assert not inspect.iscoroutinefunction(route.endpoint), route.path
        [function] = ast.parse(textwrap.dedent(inspect.getsource(route.endpoint))).body
        assert isinstance(function, ast.FunctionDef)
        lines = (function.end_lineno or 0) - function.body[0].lineno + 1
        assert lines <= 15, route.path


def routes(site: Site) -> list[APIRoute]:
    """Every route of the site, however deeply it is included."""
    found: list[APIRoute] = []
    waiting = list(site.app.routes)
    while waiting:
        route = waiting.pop()
        if isinstance(route, APIRoute):
            found.append(route)
        else:
            inner = getattr(route, "original_router", route)
            waiting += getattr(inner, "routes", None) or []
    assert len(found) > 20
    return found


def test_the_server_starts_and_ends_its_threads(make_site: Callable[..., Site]) -> None:
    folder = make_site(1, 1).app.state.settings.data
    app = create_app(Settings(data=folder, model="hashing"))
    with TestClient(app, base_url="http://localhost") as client:
        assert client.get("/").status_code == 200
        assert app.state.matchmaker.loaded.wait(20)
        assert "indexer" in {thread.name for thread in threading.enumerate()}
    assert "indexer" not in {thread.name for thread in threading.enumerate()}


def test_nothing_slow_is_imported_before_the_first_page() -> None:
    slow = ("torch", "faiss", "jieba", "sentence_transformers", "opencc")
    code = f"import sys, web.app; print([name for name in {slow} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_search_engines_are_kept_from_pasted_texts(site: Site) -> None:
    assert "Disallow: /match" in site.client.raw.get("/robots.txt").text
    assert site.client.raw.get("/match?text=锗").headers["x-robots-tag"] == "noindex"


def test_every_condition_of_a_move_is_told_once(site: Site) -> None:
    told = permissions.conditions()
    assert len(told) == len(set(told))
    page = site.client.get("/roles")
    assert [page.text.count(f">{condition}</li>") for condition in told] == [1] * len(told)
    links = {a.get("href") for a in page.all("a")}
    assert {f"#condition-{number}" for number in range(1, len(told) + 1)} <= links
