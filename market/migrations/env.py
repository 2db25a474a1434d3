"""What Alembic runs: on the connection that `market.db.migrate` hands over, else on the url."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, text
from sqlmodel import SQLModel

import market.models  # noqa: F401  the tables register themselves
from market.db import WRITES, engine_for


def upgrade(connection: Connection) -> None:
    """Apply the scripts in the open transaction: a killed upgrade leaves nothing behind."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(20261123)"))
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    if connection.dialect.name == "sqlite":
        broken = connection.execute(text("PRAGMA foreign_key_check")).all()
        if broken:
            raise RuntimeError(f"rows refer to what is not there: {broken[:3]}")


given = context.config.attributes.get("connection")
if given is not None:
    upgrade(given)
else:
    url = context.config.get_main_option("sqlalchemy.url") or ""
    with engine_for(url, migrates=True).execution_options(**{WRITES: True}).begin() as opened:
        upgrade(opened)
