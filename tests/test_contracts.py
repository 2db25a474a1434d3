"""The architecture, asserted: arrows, slow imports, settings and commands that are documented."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from market.policy import Policy
from web.settings import Settings

ROOT = Path(__file__).parent.parent
READMES = ("README.md", "README.zh-CN.md")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120
    )


def test_imports_follow_the_arrows() -> None:
    """The contracts are written in pyproject.toml."""
    found = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout


SLOW = ("torch", "sentence_transformers", "transformers", "faiss", "jieba", "sklearn", "pandas")


@pytest.mark.parametrize(
    "package",
    [
        "matching",
        "matching.matcher",
        "matching.encoders",
        "market.matchmaking",
        "web.app",
        "seeds.load",
    ],
)
def test_slow_libraries_wait_for_their_first_use(package: str) -> None:
    code = f"import sys, {package}; print([m for m in {SLOW} if m in sys.modules])"
    assert run("-c", code).stdout == "[]\n"


@pytest.mark.parametrize("readme", READMES)
def test_every_setting_is_documented(readme: str) -> None:
    text = (ROOT / readme).read_text(encoding="utf-8")
    names = [*Settings.__slots__, *Policy.__slots__, "smtp_url", "mail_from", "sms"]
    assert [n for n in names if f"KEJIE_{n.upper()}" not in text] == []


@pytest.mark.parametrize("readme", READMES)
@pytest.mark.parametrize("package", ["market", "matching"])
def test_every_command_is_documented(readme: str, package: str) -> None:
    listed = run("-m", package, "--help").stdout
    names = [
        line.split()[0]
        for line in listed.splitlines()
        if line.startswith("    ") and not line.startswith("     ")
    ]
    text = (ROOT / readme).read_text(encoding="utf-8")
    assert names
    assert [name for name in names if name not in text] == []


def test_nothing_is_unfinished() -> None:
    words = "|".join(("TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error"))
    found = subprocess.run(
        ["git", "grep", "-nE", words, "--", "*.py", "*.html", "*.js", "dev"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert found.stdout == ""
