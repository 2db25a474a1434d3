"""With the contrast colours of the system it still shows what is current and what is chosen."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

LOOK = "(query, name) => getComputedStyle(document.querySelector(query))[name]"


def test_only_the_current_and_the_chosen_stand_out(open_page: Callable[..., Page]) -> None:
    page = open_page("/match", forced_colors="active")
    for name, chosen, other in (
        ("borderBottomColor", ".nav a[aria-current]", ".nav a:not([aria-current])"),
        ("backgroundColor", ".switch :checked + span", ".switch :not(:checked) + span"),
    ):
        looks = [page.evaluate(f"([q, n]) => ({LOOK})(q, n)", [q, name]) for q in (chosen, other)]
        assert looks[0] != looks[1]
        if name == "borderBottomColor":
            assert looks[1] == page.evaluate(f"() => ({LOOK})('.top', 'backgroundColor')")
