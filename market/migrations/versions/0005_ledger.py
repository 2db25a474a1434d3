"""the record of changes becomes a chain that the database itself refuses to edit"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC

import sqlalchemy as sa
from alembic import op

import market.models.columns

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NEW = ("person_id", "acting_for", "reason", "previous", "hash")
AT_ONCE = 1_000
LET_GO = "(SELECT pruned_to FROM ledger WHERE id = 1)"
SQLITE = (
    "CREATE TRIGGER change_is_never_edited BEFORE UPDATE ON change"
    " BEGIN SELECT RAISE(ABORT, 'the record of changes is never edited'); END",
    "CREATE TRIGGER change_is_kept BEFORE DELETE ON change"
    f" WHEN OLD.id > {LET_GO}"
    " BEGIN SELECT RAISE(ABORT, 'the record of changes is kept'); END",
)
POSTGRESQL = (
    "CREATE FUNCTION keep_changes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    f" IF TG_OP = 'DELETE' AND OLD.id <= {LET_GO} THEN RETURN OLD; END IF;"
    " RAISE EXCEPTION 'the record of changes is kept as it is'; END $$",
    "CREATE TRIGGER change_is_kept BEFORE UPDATE OR DELETE ON change"
    " FOR EACH ROW EXECUTE FUNCTION keep_changes()",
)


def upgrade() -> None:
    for column in ("person_id", "acting_for"):
        op.add_column("change", sa.Column(column, sa.Integer(), nullable=True))
    op.add_column("change", sa.Column("reason", sa.String(2000), nullable=False, server_default=""))
    for column in ("previous", "hash"):
        op.add_column("change", sa.Column(column, sa.String(64), nullable=False, server_default=""))
    for column in ("action", "person_id", "acting_for"):
        op.create_index(op.f(f"ix_change_{column}"), "change", [column])
    _chain()
    for statement in _triggers():
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER change_is_never_edited")
        op.execute("DROP TRIGGER change_is_kept")
    else:
        op.execute("DROP TRIGGER change_is_kept ON change")
        op.execute("DROP FUNCTION keep_changes")
    for column in ("action", "person_id", "acting_for"):
        op.drop_index(op.f(f"ix_change_{column}"), "change")
    for column in NEW:
        op.drop_column("change", column)
    op.execute("DELETE FROM ledger")


def _triggers() -> tuple[str, ...]:
    return SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL


def _chain() -> None:
    """Number the entries that are there without gaps, and link them."""
    change = sa.table(
        "change",
        sa.column("id", sa.BigInteger()),
        sa.column("at", market.models.columns.Moment()),
        *(sa.column(name, sa.String()) for name in ("actor", "action", "noun", "origin")),
        sa.column("noun_id", sa.Integer()),
        *(sa.column(name, sa.JSON()) for name in ("before", "after")),
        *(sa.column(name, sa.String()) for name in ("previous", "hash")),
    )
    connection = op.get_bind()
    last, previous, place = 0, "", 0
    old: sa.BindParameter[int] = sa.bindparam("old")
    update = sa.update(change).where(change.c.id == old)
    while rows := connection.execute(
        sa.select(change).where(change.c.id > last).order_by(change.c.id).limit(AT_ONCE)
    ).all():
        last = rows[-1].id
        linked = []
        for row in rows:
            place += 1
            seal = _hash(row, place, previous)
            linked.append({"old": row.id, "id": place, "previous": previous, "hash": seal})
            previous = seal
        connection.execute(
            update.values(
                id=sa.bindparam("id"), previous=sa.bindparam("previous"), hash=sa.bindparam("hash")
            ),
            linked,
        )
    connection.execute(
        sa.text(
            "INSERT INTO ledger (id, last_id, last_hash, pruned_to, pruned_hash)"
            " VALUES (1, :place, :seal, 0, '')"
        ),
        {"place": place, "seal": previous},
    )


def _hash(row: sa.Row[tuple[object, ...]], place: int, previous: str) -> str:
    """As `market.ledger.hash_of` seals them."""
    values = {
        "id": place, "at": row.at.astimezone(UTC).isoformat(), "actor": row.actor,
        "person_id": None, "acting_for": None, "action": row.action, "noun": row.noun,
        "noun_id": row.noun_id, "before": row.before, "after": row.after, "reason": "",
        "origin": row.origin,
    }  # fmt: skip
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()
