"""Fields of forms: labelled, described, and blamed where they are wrong."""

from __future__ import annotations

from types import SimpleNamespace

import html5lib
import pytest

from market.errors import Problem
from market.models import Kind
from tests.web.pages import Page
from web import render


def rendered(**given: object) -> Page:
    text = (
        "{{ form_ui.text('email', '邮箱', value, problems, '用来登录', 'email', true, "
        "autocomplete='email') }}"
        "{{ form_ui.password('password', '密码', problems) }}{{ form_ui.code('code', '验证码') }}"
        "{{ form_ui.area('about', '简介', value, problems, limit=500) }}"
        "{{ form_ui.select('kind', '类型', kinds, 'need', problems) }}"
        "{{ form_ui.radios('one', '哪一种', kinds, 'achievement', problems, required=true) }}"
        "{{ form_ui.checks('many', '哪些', [(1, '一'), (2, '二', '多一点')], [2], problems) }}"
        "{{ form_ui.file('proof', '证明', problems, accept='.pdf') }}"
        "{% call form_ui.consent('agree', true, problems, true) %}同意<a href='/privacy'>政策</a>"
        "{% endcall %}"
        "{{ form_ui.buttons('提交', [('/', '返回')]) }}"
    )
    html = render.environment().from_string(text).render(kinds=Kind, **given)
    return Page(SimpleNamespace(status_code=200, text=html, headers={}))  # type: ignore[arg-type]


EVERY = ("email", "password", "about", "kind", "one", "many", "proof", "agree")


def test_every_field_has_its_label_and_keeps_its_value() -> None:
    page = rendered(value='锗"<', problems=())
    labelled = {label.get("for") for label in page.all("label")}
    assert {"email", "password", "code", "about", "kind", "proof"} <= labelled
    email = page.by_id("email")
    assert (email.get("value"), email.get("autocomplete"), email.get("type")) == (
        '锗"<',
        "email",
        "email",
    )
    assert email.get("aria-describedby") == "email-hint"
    assert "".join(page.by_id("about").itertext()) == '锗"<'
    assert [o.get("value") for o in page.all("option") if "selected" in o.attrib] == ["need"]
    ticked = [i.get("value") for i in page.all("input") if "checked" in i.attrib]
    assert ticked == ["achievement", "2", "yes"]


def test_a_password_is_never_written_back() -> None:
    assert "value" not in rendered(value="s3cret", problems=()).by_id("password").attrib


@pytest.mark.parametrize("name", EVERY)
def test_what_is_wrong_stands_at_its_field(name: str) -> None:
    page = rendered(value="", problems=[Problem(name, "不对。"), Problem(name, "太短。")])
    assert "".join(page.by_id(f"{name}-wrong").itertext()).strip() == "不对。；太短。"
    assert f"{name}-wrong" in (page.by_id(name).get("aria-describedby") or "")


def test_fields_are_strict_html() -> None:
    problems = [Problem(name, "不对。") for name in EVERY]
    html = "<!doctype html><title>t</title>" + rendered(value="a", problems=problems).text
    parser = html5lib.HTMLParser()
    parser.parse(html)
    assert parser.errors == []
