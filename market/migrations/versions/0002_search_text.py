"""what the search of a list reads, in one normal form; an index for counting likely pairs"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

LISTINGS = ("need", "achievement")
AT_ONCE = 1_000


def upgrade() -> None:
    for name in LISTINGS:
        op.add_column(name, sa.Column("search_text", sa.Text(), nullable=False, server_default=""))
        _fill(name)
    op.create_index(
        "ix_suggestion_label_need_id_achievement_id",
        "suggestion",
        ["label", "need_id", "achievement_id"],
    )


def downgrade() -> None:
    op.drop_index("ix_suggestion_label_need_id_achievement_id", "suggestion")
    for name in LISTINGS:  # not in batch mode: that drops the table, and every link cascades
        op.drop_column(name, "search_text")


def _fill(name: str) -> None:
    """Give the rows that are there what `market.actions.listings` gives new ones."""
    from market.matchmaking import search_text_of

    table = sa.table(
        name,
        sa.column("id", sa.Integer()),
        sa.column("title", sa.Text()),
        sa.column("summary", sa.Text()),
        sa.column("keywords", sa.JSON()),
        sa.column("search_text", sa.Text()),
    )
    connection = op.get_bind()
    key: sa.BindParameter[int] = sa.bindparam("key")
    filled: sa.BindParameter[str] = sa.bindparam("filled")
    statement = sa.update(table).where(table.c.id == key).values(search_text=filled)
    last = 0
    while rows := connection.execute(
        sa.select(table).where(table.c.id > last).order_by(table.c.id).limit(AT_ONCE)
    ).all():
        last = rows[-1].id
        texts = [
            {"key": row.id, "filled": search_text_of(row.title, row.summary, row.keywords)}
            for row in rows
        ]
        connection.execute(statement, texts)
