"""The command line: quick, honest, and it changes nothing when it says no."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import market
from market.__main__ import main
from market.db import engine_for, url_for, writing
from market.models import Kind
from seeds.load import load
from tests.market.accounts import registered

ROOT = Path(market.__file__).parent.parent


@pytest.fixture
def run(tmp_path, capsys, monkeypatch):
    """Run a command on a data folder; its exit status and what it printed."""
    monkeypatch.setenv("KEJIE_MODEL", "hashing")

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main([*arguments, "--data", str(tmp_path / "data")])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


def test_from_nothing_to_matches(run, tmp_path, now):
    assert run("migrate") == (0, "数据库已是最新结构。\n", "")
    with writing(engine_for(url_for(tmp_path / "data"))) as session:
        load(session, now)
    assert "待更新 240" in run("status")[1]
    assert "共 240 条" in run("reindex")[1]
    assert "已删除示例需求 60、示例成果 180" in run("purge-demo")[1]
    run("worker", "--once")
    assert "索引 0 条，待更新 0" in run("status")[1]


def test_an_import_and_its_dry_run(run, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("标题,电话\n甲,1\n乙,2\n", encoding="utf-8")
    _, out, _ = run("import", str(file), "--kind", "needs", "--dry-run")
    assert out == "试读 2 行：新增 2，更新 0，未变 0。\n没有用到的列：电话。\n"
    assert "需求 0" in run("status")[1]
    assert run("import", str(file), "--kind", "needs")[1].startswith("导入 2 行：新增 2")
    assert "需求 2" in run("status")[1]


def test_a_refused_import_lists_its_problems_and_changes_nothing(run, tmp_path):
    file = tmp_path / "a.csv"
    rows = "".join(f"甲{n},12\n" for n in range(60))
    file.write_text(f"标题,技术成熟度\n乙,3\n{rows}", encoding="utf-8")
    status, _, err = run("import", str(file), "--kind", "needs")
    assert (status, err.splitlines()[0]) == (1, "有 60 处问题，什么都没有改动：")
    assert "  第 3 行：技术成熟度应在 1 到 9 之间，这里是 12。" in err
    assert "另有 10 处" in err
    assert "需求 0" in run("status")[1]


def test_a_model_that_cannot_be_loaded_is_told(run):
    status, _, err = run("worker", "--once", "--model", "/nirgends")
    assert (status, "语义模型无法加载" in err) == (1, True)


def test_reindexing_while_a_worker_writes_says_what_to_do(run, site, capsys):
    site.make(Kind.NEED, "甲")
    site.settle()
    assert main(["reindex", "--data", str(site.data), "--model", "hashing"]) == 1
    assert "正在写索引" in capsys.readouterr().err


def test_help_answers_at_once():
    command = [sys.executable, "-X", "importtime", "-m", "market", "--help"]
    started = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=dict(os.environ))
    assert done.returncode == 0
    assert time.perf_counter() - started < 2
    heavy = ("sqlalchemy", "numpy", "torch", "faiss", "jieba", "matching", "sqlmodel")
    assert [name for name in heavy if f"| {name}\n" in done.stderr] == []


def test_the_first_administrator(run, tmp_path, now):
    run("migrate")
    with writing(engine_for(url_for(tmp_path / "data"))) as session:
        registered(session)
    status, out, _ = run("grant", "--to", "Lin@Example.com", "--role", "administrator")
    assert (status, out) == (0, "林晓（l***@example.com）现在是系统管理员。\n")
    assert run("people")[1] == "     1  林晓  l***@example.com  系统管理员\n共 1 个账号。\n"
    assert run("people", "无此人")[1] == "共 0 个账号。\n"


@pytest.mark.parametrize(
    ("to", "role", "why"),
    [
        ("nobody@example.com", "administrator", "没有用 n***@example.com 注册的账号"),
        ("nobody@example.com", "owner", "--role 应为"),
        ("nobody", "administrator", "请填写"),
    ],
)
def test_a_grant_that_cannot_be(run, to, role, why):
    status, _, err = run("grant", "--to", to, "--role", role)
    assert status == 1
    assert why in err
