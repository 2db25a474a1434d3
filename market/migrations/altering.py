"""How migrations change a table that has rows."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

LISTINGS = ("achievement", "need")


def alter(name: str, change: Callable[[BatchOperations], None]) -> None:
    """Change a table. SQLite makes it anew, from all that is known of it, checks included."""
    connection = op.get_bind()
    found = sa.Table(name, sa.MetaData(), autoload_with=connection)
    held = {constraint.name for constraint in found.constraints}
    for check in sa.inspect(connection).get_check_constraints(name):
        if check["name"] not in held:
            found.append_constraint(sa.CheckConstraint(check["sqltext"], name=check["name"]))
    autoincrement = {"sqlite_autoincrement": True} if name in LISTINGS else {}
    with op.batch_alter_table(
        name, copy_from=found, recreate="auto", table_kwargs=autoincrement
    ) as batch:
        change(batch)


def known(column: str, values: tuple[str, ...]) -> str:
    """The condition of a check on a closed set."""
    return f"{column} IN ({', '.join(map(repr, values))})"
