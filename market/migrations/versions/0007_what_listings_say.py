"""the parts of needs and achievements, the state matched, files by content, when people visited"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

import market.models.columns
from market.migrations.altering import LISTINGS, alter, known

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

OLD_STATES = ("draft", "in-review", "published", "expired", "closed", "withdrawn", "taken-down")
STATES = ("draft", "in-review", "published", "matched", *OLD_STATES[3:])
TIERS = ("public", "registered", "matched", "reviewers", "bureau")
COMMON = ("indicators", "contact")
OWN = {
    "need": ("background", "problem", "tried"),
    "achievement": ("innovation", "cases", "rights", "holders", "team"),
}
LISTS = ("indicators", "rights", "holders", "evidence")
CHOICES = {"stage": ("early", "middle", "mature"), "assessment": ("self", "assessed")}
TEXT_STATES = ("waiting", "read", "empty", "failed")
OLD_PURPOSES = ("register", "reset", "change-contact", "confirm-change", "oidc", "second-step")
PURPOSES = (*OLD_PURPOSES, "kept-form")
PATENT_KINDS = {"2": "utility-model", "3": "design", "9": "utility-model"}
Moment = market.models.columns.Moment


def upgrade() -> None:
    alter("need", _add_to_need)
    alter("achievement", _add_to_achievement)
    _turn_patents_into_rights()
    for name in LISTINGS:
        alter(name, _take_patents)
    alter("attachment", _add_to_attachment)
    alter("one_time", lambda batch: _purposes(batch, PURPOSES))
    with op.batch_alter_table("person") as batch:
        for column in ("visited_at", "visited_before"):
            batch.add_column(sa.Column(column, Moment(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("person") as batch:
        for column in ("visited_at", "visited_before"):
            batch.drop_column(column)
    op.execute("DELETE FROM one_time WHERE purpose = 'kept-form'")
    alter("one_time", lambda batch: _purposes(batch, OLD_PURPOSES))
    alter("attachment", _take_from_attachment)
    for name in LISTINGS:
        op.execute(f"UPDATE {name} SET state = 'closed' WHERE state = 'matched'")
        alter(name, _give_patents)
    _turn_rights_into_patents()
    alter("need", _take_from_need)
    alter("achievement", _take_from_achievement)


def _purposes(batch: BatchOperations, values: tuple[str, ...]) -> None:
    name = op.f("ck_one_time_onetimepurpose_known")
    batch.drop_constraint(name, type_="check")
    batch.create_check_constraint(name, known("purpose", values))


def _add_to_listing(batch: BatchOperations, name: str) -> None:
    _states(batch, STATES)
    for part in (*COMMON, *OWN[name]):
        if part in LISTS:
            batch.add_column(sa.Column(part, sa.JSON(), nullable=False, server_default="[]"))
        elif part == "contact":
            batch.add_column(sa.Column(part, sa.String(200), nullable=False, server_default=""))
        else:
            batch.add_column(sa.Column(part, sa.Text(), nullable=False, server_default=""))
        _add_tier(batch, part)
    batch.add_column(sa.Column("files_text", sa.Text(), nullable=False, server_default=""))
    batch.add_column(sa.Column("files_version", sa.Integer(), nullable=False, server_default="0"))
    batch.create_index(op.f(f"ix_{name}_state_is_demo"), ["state", "is_demo"])


def _take_from_listing(batch: BatchOperations, name: str) -> None:
    _states(batch, OLD_STATES)
    batch.drop_index(op.f(f"ix_{name}_state_is_demo"))
    for part in (*COMMON, *OWN[name]):
        _take_tier(batch, part)
        batch.drop_column(part)
    for column in ("files_text", "files_version"):
        batch.drop_column(column)


def _add_to_need(batch: BatchOperations) -> None:
    _add_to_listing(batch, "need")
    batch.add_column(sa.Column("wanted_by", sa.Date(), nullable=True))


def _take_from_need(batch: BatchOperations) -> None:
    _take_from_listing(batch, "need")
    batch.drop_column("wanted_by")


def _add_to_achievement(batch: BatchOperations) -> None:
    _add_to_listing(batch, "achievement")
    for column, values in CHOICES.items():
        batch.add_column(sa.Column(column, sa.String(40), nullable=True))
        batch.create_check_constraint(op.f(f"ck_achievement_{column}_known"), known(column, values))
    batch.add_column(sa.Column("evidence", sa.JSON(), nullable=False, server_default="[]"))
    batch.add_column(sa.Column("assessor", sa.String(200), nullable=False, server_default=""))


def _take_from_achievement(batch: BatchOperations) -> None:
    _take_from_listing(batch, "achievement")
    for column in CHOICES:
        batch.drop_constraint(op.f(f"ck_achievement_{column}_known"), type_="check")
    for column in (*CHOICES, "evidence", "assessor"):
        batch.drop_column(column)


def _add_to_attachment(batch: BatchOperations) -> None:
    batch.drop_constraint(op.f("uq_attachment_stored_as"), type_="unique")
    batch.create_index(op.f("ix_attachment_stored_as"), ["stored_as"])
    batch.add_column(sa.Column("text", sa.Text(), nullable=False, server_default=""))
    batch.add_column(
        sa.Column("text_state", sa.String(40), nullable=False, server_default="waiting")
    )
    batch.create_check_constraint(
        op.f("ck_attachment_textstate_known"), known("text_state", TEXT_STATES)
    )
    batch.create_index(op.f("ix_attachment_text_state"), ["text_state"])
    batch.add_column(sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))
    batch.add_column(sa.Column("small_as", sa.String(80), nullable=True))
    for column in ("width", "height"):
        batch.add_column(sa.Column(column, sa.Integer(), nullable=True))


def _take_from_attachment(batch: BatchOperations) -> None:
    """Files that share their bytes cannot be told apart any more: the constraint stays away."""
    batch.drop_constraint(op.f("ck_attachment_textstate_known"), type_="check")
    for column in ("stored_as", "text_state"):
        batch.drop_index(op.f(f"ix_attachment_{column}"))
    for column in ("text", "text_state", "tries", "small_as", "width", "height"):
        batch.drop_column(column)
    batch.create_unique_constraint(op.f("uq_attachment_stored_as"), ["stored_as"])


def _take_patents(batch: BatchOperations) -> None:
    _take_tier(batch, "patents")
    if batch.impl.table_name == "achievement":
        batch.drop_column("patents")


def _give_patents(batch: BatchOperations) -> None:
    _add_tier(batch, "patents")
    if batch.impl.table_name == "achievement":
        batch.add_column(sa.Column("patents", sa.JSON(), nullable=False, server_default="[]"))


def _turn_patents_into_rights() -> None:
    op.execute("UPDATE achievement SET rights_tier = patents_tier")
    for id, held in _lists("patents"):
        rights = [{"kind": _patent_kind(number), "number": number} for number in held]
        _write("rights", id, rights)


def _turn_rights_into_patents() -> None:
    op.execute("UPDATE achievement SET patents_tier = rights_tier")
    patents = ("invention", "utility-model", "design")
    for id, held in _lists("rights"):
        numbers = [right.get("number", "") for right in held if right["kind"] in patents]
        _write("patents", id, [number for number in numbers if number])


def _table(column: str) -> sa.TableClause:
    return sa.table("achievement", sa.column("id", sa.Integer), sa.column(column, sa.JSON))


def _lists(column: str) -> list[tuple[int, list[Any]]]:
    table = _table(column)
    found = op.get_bind().execute(sa.select(table.c.id, table.c[column])).all()
    return [(id, held) for id, held in found if held]


def _write(column: str, id: int, value: list[Any]) -> None:
    table = _table(column)
    op.get_bind().execute(sa.update(table).where(table.c.id == id).values({column: value}))


def _patent_kind(number: str) -> str:
    """What the digit after the year says: four digits of a year, or two in old numbers."""
    digits = number.removeprefix("ZL").partition(".")[0]
    return PATENT_KINDS.get(digits[2 if len(digits) == 8 else 4], "invention")


def _states(batch: BatchOperations, values: tuple[str, ...]) -> None:
    name = op.f(f"ck_{batch.impl.table_name}_listingstate_known")
    batch.drop_constraint(name, type_="check")
    batch.create_check_constraint(name, known("state", values))


def _add_tier(batch: BatchOperations, part: str) -> None:
    name, column = batch.impl.table_name, f"{part}_tier"
    batch.add_column(sa.Column(column, sa.String(40), nullable=False, server_default="public"))
    batch.create_check_constraint(op.f(f"ck_{name}_{column}_known"), known(column, TIERS))


def _take_tier(batch: BatchOperations, part: str) -> None:
    batch.drop_constraint(op.f(f"ck_{batch.impl.table_name}_{part}_tier_known"), type_="check")
    batch.drop_column(f"{part}_tier")
