"""Texts that are the same one, edited, and those that are only about the same."""

from __future__ import annotations

import pytest

from matching.likeness import ALIKE, Gathered, Shingles, likeness

TITLE = "废杂铜连铸连轧除铅锡杂质"
BODY = (
    "我厂收废紫铜和拆解电线米铜，倾动炉熔炼后直接连铸连轧8毫米杆。"
    "来料杂，铅、锡、锑时高时低，一炉拖到5～7小时；氧在200～450 ppm之间乱跳，拉细线断头多。"
    "试过加磷铜，导电率反而下降。希望铅锡锑合计80 ppm以内，每炉时间缩短20%。"
)
SHEET = "本单位拥有省级工程技术研究中心和中试基地，承担国家和省市项目，欢迎企业来人来函洽谈合作。"


def of(title: str, body: str) -> Shingles:
    return Shingles.of(title, body)


@pytest.mark.parametrize(
    ("title", "body"),
    [
        (TITLE, "。".join(reversed(BODY.split("。")))),
        (TITLE, BODY[: len(BODY) // 2]),
        ("廢雜銅連鑄連軋除鉛錫雜質", BODY),
        (TITLE, BODY.replace("8", "12").replace("20", "35")),
        (TITLE.upper(), BODY.replace("，", " , ")),
        ("求购除杂技术", BODY),
    ],
)
def test_an_edited_text_is_the_same_one(title, body):
    assert likeness(of(TITLE, BODY), of(title, body)) >= ALIKE


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("再生铜杂质深度脱除", "通过氧化精炼和分阶段造渣去除铅、锡，氧含量稳定，渣含铜低。"),
        ("茶叶发酵程度在线监测", "以近红外光谱判断红茶发酵程度，提示何时终止发酵。"),
        ("", ""),
        ("铜", "铜"),
    ],
)
def test_a_text_about_the_same_is_another_one(title, body):
    assert likeness(of(TITLE, BODY), of(title, body)) < ALIKE


def test_a_sheet_that_both_stand_on_makes_no_twins():
    one = of("茶叶发酵程度在线监测", "近红外光谱判断红茶发酵终点。" + SHEET)
    other = of("稀土永磁电机轻量化设计", "优化磁路，减重三成。" + SHEET)
    assert 0 < likeness(one, other) < ALIKE


def test_likeness_has_no_direction():
    one, other = of(TITLE, BODY), of(TITLE, BODY[:60])
    assert likeness(one, other) == likeness(other, one)


def test_short_texts_are_one_only_if_equal():
    assert likeness(of("铜杆", ""), of("铜杆", "")) == 1
    assert likeness(of("铜杆", ""), of("铜杆断线", "")) == 0


def test_gathered_texts_are_found_by_an_edited_one():
    gathered = Gathered()
    gathered.add("a", of(TITLE, BODY))
    gathered.add("b", of("茶叶发酵程度在线监测", "以近红外光谱判断红茶发酵程度。" * 3))
    [(key, share)] = gathered.alike(of(TITLE, BODY[:80]))
    assert (key, share >= ALIKE) == ("a", True)
    assert gathered.alike(of("陶瓷窑炉", "排烟余热用于坯体干燥，温度降到九十度。" * 2)) == []
