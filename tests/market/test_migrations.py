"""The migrations make exactly the tables that the models describe."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from sqlmodel import SQLModel

import market
from market.db import engine_for, migrate, url_for
from market.models import Installation, Kind


def test_models_and_migrations_agree(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_check_constraints_are_in_the_database(engine):
    held = {
        (table, constraint["name"])
        for table in inspect(engine).get_table_names()
        for constraint in inspect(engine).get_check_constraints(table)
    }
    described = {
        (table.name, str(constraint.name))
        for table in SQLModel.metadata.tables.values()
        for constraint in table.constraints
        if type(constraint).__name__ == "CheckConstraint"
    }
    assert held == described


def test_migrating_again_changes_nothing(tmp_path):
    url = url_for(tmp_path)
    migrate(url)
    first = installation(url)
    migrate(url)
    assert installation(url) == first


def installation(url: str) -> str:
    engine = engine_for(url)
    with engine.connect() as connection:
        row = connection.exec_driver_sql(f"SELECT uuid FROM {Installation.__tablename__}").one()
    engine.dispose()
    return str(row.uuid)


def test_every_migration_can_be_taken_back(tmp_path):
    url = url_for(tmp_path)
    migrate(url)
    config = Config()
    config.set_main_option("script_location", str(Path(market.__file__).parent / "migrations"))
    config.set_main_option("sqlalchemy.url", url)
    command.downgrade(config, "base")
    engine = engine_for(url)
    assert inspect(engine).get_table_names() == ["alembic_version"]
    engine.dispose()


def test_listings_that_were_there_before_can_be_searched(site):
    site.make(Kind.NEED, "再生銅", summary="摘要", keywords=("ＰＣＢ",))
    config = Config()
    config.set_main_option("script_location", str(Path(market.__file__).parent / "migrations"))
    config.set_main_option("sqlalchemy.url", url_for(site.data))
    command.downgrade(config, "0001")
    command.upgrade(config, "head")
    with site.engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT search_text FROM need").scalars().all()
    assert found == ["再生铜 摘要 pcb"]


def test_two_processes_may_migrate_at_once_from_any_folder(tmp_path):
    code = f"from market.db import migrate; migrate({url_for(tmp_path)!r})"
    root = str(Path(market.__file__).parent.parent)
    processes = [
        subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": root})
        for _ in range(2)
    ]
    assert [process.wait(60) for process in processes] == [0, 0]
