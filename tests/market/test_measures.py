"""Numbers of indicators: what is plainly one is compared, anything else is not guessed."""

from __future__ import annotations

import math

import pytest

from market.measures import Fit, extent_of, judged
from market.models import Indicator

MEETS, MISSES, UNSURE = Fit.MEETS, Fit.MISSES, Fit.UNSURE


def row(value: str, unit: str = "", before: str = "") -> Indicator:
    return Indicator("指标", before, value, unit)


@pytest.mark.parametrize(
    ("wanted", "reached", "fit"),
    [
        (row("≥95", "%"), row("96.5%"), MEETS),
        (row("≥95%"), row("90～94", "%"), MISSES),
        (row("≥95%"), row("94～96%"), UNSURE),
        (row("不低于 95", "%"), row("95", "%"), MEETS),
        (row("0.02 以下", "%"), row("0.01-0.015", "%"), MEETS),
        (row("≤0.02%"), row("300 ppm"), MISSES),
        (row("≤0.02%"), row("150", "ppm"), MEETS),
        (row("8", "h", before="12"), row("30 min"), MEETS),
        (row("8", "h", before="12"), row("10 h"), MISSES),
        (row("160～220", "ppm", before="200～450"), row("≤0.018%"), MEETS),
        (row("90", "%", before="75"), row("92", "%"), MEETS),
        (row("90", "%", before="75"), row("85", "%"), MISSES),
        (row("≥5", "MPa"), row("6000", "kPa"), MEETS),
        (row("≥5", "kW·h/t"), row("6", "kW·h/t"), MEETS),
        (row("20～30 ℃"), row("22～28", "℃"), MEETS),
    ],
)
def test_what_can_be_told_is_told(wanted: Indicator, reached: Indicator, fit: Fit) -> None:
    assert judged(wanted, reached) is fit


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        (row("5N"), row("6N")),
        (row("100"), row("120")),
        (row("20～30 ℃"), row("40 ℃")),
        (row("≥95%"), row("96")),
        (row("≥5", "MPa"), row("6", "mPa")),
        (row("≥5", "MPa"), row("6", "mm")),
        (row("≥5", "件/h"), row("6", "件/天")),
        (row("显著降低"), row("5", "%")),
        (row("≥95%"), row("≥90%")),
        (row("≤10"), row("±5")),
        (row("≥2", "万次"), row("30000", "次")),
        (row(""), row("")),
    ],
)
def test_what_cannot_be_told_is_not_guessed(wanted: Indicator, reached: Indicator) -> None:
    assert judged(wanted, reached) is UNSURE


@pytest.mark.parametrize(
    "text", ["±0.5", "3×4", "a1", "2024-03-01", "3:1", "5/6", "φ20", "约", "90%（25℃）", "≥5 且 ≤9"]
)
def test_what_is_not_plainly_a_number_is_none(text: str) -> None:
    assert extent_of(text) is None


@pytest.mark.parametrize(
    ("text", "low", "high", "unit"),
    [
        ("1.2×10^3", 1200, 1200, ""), ("约95%左右", 95, 95, "%"), ("-10～20", -10, 20, ""),
        ("1,200", 1200, 1200, ""), ("10mm-20mm", 10, 20, "mm"), 
        ("１８０ ℃ 以上", 180, math.inf, "℃"),
        ("不超过5", -math.inf, 5, ""), ("1e-3", 0.001, 0.001, ""), ("5 mg/m³", 5, 5, "mg/m3"),
    ],
)  # fmt: skip
def test_ways_to_write_a_number(text: str, low: float, high: float, unit: str) -> None:
    found = extent_of(text)
    assert found is not None
    assert (found.low, found.high, found.unit) == (low, high, unit)
