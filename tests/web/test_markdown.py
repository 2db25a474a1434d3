"""What people write becomes HTML that can do nothing; plain texts look as they always did."""

from __future__ import annotations

import time

import html5lib
import pytest

from web.markdown import ATTRIBUTES, TAGS, lines, prose

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](&#106;avascript:alert(1))",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "[a](vbscript:x)",
    "[a](//evil.example)",
    "![x](https://evil.example/track.png)",
    "<https://evil.example>",
    "[a]: javascript:alert(1)\n[a]",
    "**x** <iframe src=//evil>",
    "`<script>`\n\n- <style>*{}</style>",
    "# <b onclick=x>a</b>",
    '[a](https://a.example/"onmouseover=alert(1)//)',
    "[a](https://a.example 'x\" onclick=\"y')",
    "|a|b|\n|:-:|--|\n|<script>|[x](javascript:x)|",
    "<!-- x --><p style=position:fixed>**b**",
    "[a](file:///etc/passwd)",
    "&lt;script&gt;**a**",
    "<a href=x>**b**</a>",
]


@pytest.mark.parametrize("text", ATTACKS)
def test_nothing_that_acts_comes_through(text: str) -> None:
    root = html5lib.parseFragment(
        str(prose(text)), treebuilder="etree", namespaceHTMLElements=False
    )
    for element in root.iter():
        if element is root:
            continue
        assert element.tag in TAGS
        allowed = ATTRIBUTES.get(element.tag, set()) | {"rel"}
        assert set(element.keys()) <= allowed
        href = element.get("href")
        assert href is None or href.startswith(("https://", "http://", "mailto:"))
        assert element.tag != "a" or element.get("rel") == "nofollow noopener ugc"


def test_headings_lie_below_those_of_the_page() -> None:
    html = prose("# 一\n\n## 二\n\n###### 六")
    assert [tag for tag in ("h1", "h2", "h3", "h4", "h6") if f"<{tag}>" in html] == [
        "h3",
        "h4",
        "h6",
    ]


def test_markup_is_shown_as_it_is_meant() -> None:
    html = prose("**重点**和*强调*\n第二行\n\n- 一\n- 二\n\n|甲|乙|\n|-|-|\n|1|2|")
    for part in ("<strong>重点</strong>", "<em>强调</em><br>", "<li>一</li>", "<td>2</td>"):
        assert part in html.replace("<br />", "<br>")


@pytest.mark.parametrize(
    "text",
    [
        "一行",
        "一行\n二行\n\n三行",
        "　　段首空两格\n    四个空格",
        "温度 <180 ℃ & 压力 >3",
        "a*b = 6，3 * 2 = 6",
    ],
)
def test_a_plain_text_looks_as_before(text: str) -> None:
    assert prose(text) == lines(text)
    assert prose(text).count("<p>") == len([line for line in text.split("\n") if line.strip()])


def test_what_came_from_a_file_is_never_markup() -> None:
    assert prose("# 标题\n- 一\n**x**", True) == "<p># 标题</p>\n<p>- 一</p>\n<p>**x**</p>"


@pytest.mark.parametrize(
    "text",
    ["[" * 20_000, "*a _a " * 3_300, ">" * 20_000, "`" * 19_999, "![" * 10_000, "[a](" * 5_000,
     "|" * 9_000 + "\n" + "|-" * 5_000, "<" * 20_000, "a**b" * 5_000, "- " * 10_000],
)  # fmt: skip
def test_no_text_takes_long(text: str) -> None:
    begun = time.perf_counter()
    prose(text)
    assert time.perf_counter() - begun < 2
