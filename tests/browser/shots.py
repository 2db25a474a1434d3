"""Pictures of every page at 1280 and 390 pixels: `python -m tests.browser.shots OUT ADDRESS`.

With --data FOLDER, the pages of people who are signed in: a scene is set in that folder's database,
which the site at ADDRESS serves. With --readme, only the picture that the README shows.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from market.db import engine_for, url_for
from tests.browser import chromium
from tests.browser.inside import context_of, pages_of
from tests.browser.scene import Scene, set_scene

TEXT = """再生铜熔炼时铅、锡杂质偏高
我厂用废杂铜在倾动炉里熔炼，出炉后直接连铸连轧，铅、锡含量忽高忽低，拉丝时断线多。
希望不换炉子，把铅稳定在 0.02%（示例）以下，同时不增加天然气消耗，渣里带走的铜也不能变多。
"""
PAGES = {
    "home": "/",
    "match-empty": "/match",
    "needs": "/needs",
    "needs-filtered": "/needs?field=NM&readiness=7-9",
    "needs-nothing": "/needs?q=%E6%97%A0%E6%AD%A4%E5%86%85%E5%AE%B9",
    "needs-wrong": "/needs?amount_min=abc&page=x",
    "achievements": "/achievements",
    "need": "/needs/1",
    "achievement": "/achievements/1",
    "need-share": "/needs/1/share",
    "need-sheet": "/needs/1/sheet",
    "match-conditions": "/match?text=%E9%99%B6%E7%93%B7&readiness_min=5&mode=joint",
    "match-none": "/match?text=%E9%99%B6%E7%93%B7&division=441825&readiness_min=9&field=BM",
    "organisations": "/organisations",
    "organisation": "/organisations/1",
    "search-empty": "/search",
    "search": "/search?q=%E9%99%B6%E7%93%B7%20%E7%AA%91%E7%82%89",
    "ranking": "/ranking",
    "about": "/about",
    "docs": "/docs",
    "404": "/nothing-here",
}


def take(page: Page, address: str, out: Path, width: int) -> None:
    """Every page once, and the match page with a text and its first reasons unfolded."""
    page.set_viewport_size({"width": width, "height": 900})
    for name, path in PAGES.items():
        page.goto(address + path)
        page.screenshot(path=out / f"{name}-{width}.png", full_page=True)
    page.goto(address + "/match")
    page.fill("#text", TEXT)
    page.wait_for_selector(".result")
    page.locator(".result details summary").first.click()
    page.screenshot(path=out / f"match-{width}.png", full_page=True)
    page.goto(address + "/needs/1")
    for fold in page.locator(".fold summary").all()[:2]:
        fold.click()
    page.screenshot(path=out / f"need-reasons-{width}.png", full_page=True)
    page.goto(address + "/match")
    page.fill("#text", "😀😀")
    page.wait_for_selector("#results .notice.bad")
    page.screenshot(path=out / f"match-wrong-{width}.png", full_page=True)


def take_for_readme(page: Page, address: str, out: Path) -> None:
    """The match page with a need, its best achievements and the first one's reasons."""
    page.set_viewport_size({"width": 1280, "height": 860})
    page.goto(address + "/match")
    page.fill("#text", TEXT)
    page.wait_for_selector(".result")
    page.locator(".result details summary").first.click()
    page.screenshot(path=out / "match.png")


def take_inside(browser: Browser, address: str, out: Path, width: int, scene: Scene) -> None:
    """What somebody of every role sees of the pages that are theirs."""
    for role, paths in pages_of(scene).items():
        context = context_of(browser, address, scene, role, width)
        page = context.new_page()
        for path in paths:
            page.goto(path)
            name = path.strip("/").replace("/", "-").replace("?", "-") or "home"
            page.screenshot(path=out / f"{role}-{name}-{width}.png", full_page=True)
        context.close()


def main(out: Path, address: str, data: Path | None, *, readme: bool = False) -> None:
    """Both widths, or the one picture."""
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.path(), args=chromium.ARGS)
        if readme:
            take_for_readme(browser.new_page(locale="zh-CN"), address, out)
        elif data:
            scene = set_scene(engine_for(url_for(data)), datetime.now(UTC), data)
            for width in (1280, 390):
                take_inside(browser, address, out, width, scene)
        else:
            for width in (1280, 390):
                take(browser.new_page(locale="zh-CN"), address, out, width)
        browser.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.browser.shots")
    parser.add_argument("out", type=Path)
    parser.add_argument("address")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--readme", action="store_true")
    given = parser.parse_args()
    main(given.out, given.address, given.data, readme=given.readme)
