"""who may see which field of a listing, its new states and deadline; an organisation's standing"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

import market.models.columns
from market.migrations.altering import LISTINGS, alter, known

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

OLD_STATES = ("draft", "published", "closed", "withdrawn")
STATES = ("draft", "in-review", "published", "expired", "closed", "withdrawn", "taken-down")
STATE_CHECK = "listingstate_known"
TIERS = ("public", "registered", "matched", "reviewers", "bureau")
TIERED = (
    "owner", "summary", "body", "keywords", "division", "readiness", "amount", "patents"
)  # fmt: skip
Moment = market.models.columns.Moment


def upgrade() -> None:
    for name in LISTINGS:
        alter(name, _add_to_listing)
    alter("organisation", _add_to_organisation)


def downgrade() -> None:
    for name in LISTINGS:
        op.execute(
            f"UPDATE {name} SET state = 'withdrawn' WHERE state NOT IN "
            f"({', '.join(map(repr, OLD_STATES))})"
        )
        alter(name, _take_from_listing)
    alter("organisation", _take_from_organisation)


def _add_to_listing(batch: BatchOperations) -> None:
    name = batch.impl.table_name
    batch.drop_constraint(op.f(f"ck_{name}_{STATE_CHECK}"), type_="check")
    batch.create_check_constraint(op.f(f"ck_{name}_{STATE_CHECK}"), known("state", STATES))
    for column in ("expires_at", "reminded_at"):
        batch.add_column(sa.Column(column, Moment(timezone=True), nullable=True))
    for column in ("author_id", "taken_down_by"):
        batch.add_column(sa.Column(column, sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f(f"fk_{name}_{column}"), "person", [column], ["id"])
    batch.add_column(sa.Column("standing_reason", sa.Text(), nullable=False, server_default=""))
    for field in TIERED:
        column = f"{field}_tier"
        batch.add_column(sa.Column(column, sa.String(40), nullable=False, server_default="public"))
        batch.create_check_constraint(op.f(f"ck_{name}_{column}_known"), known(column, TIERS))
    for column in ("expires_at", "author_id"):
        batch.create_index(op.f(f"ix_{name}_{column}"), [column])
    batch.drop_index(op.f(f"ix_{name}_state_readiness"))
    columns = ["state", "readiness_tier", "readiness"]
    batch.create_index(op.f(f"ix_{name}_{'_'.join(columns)}"), columns)


def _take_from_listing(batch: BatchOperations) -> None:
    name = batch.impl.table_name
    batch.drop_index(op.f(f"ix_{name}_state_readiness_tier_readiness"))
    batch.create_index(op.f(f"ix_{name}_state_readiness"), ["state", "readiness"])
    for column in ("expires_at", "author_id"):
        batch.drop_index(op.f(f"ix_{name}_{column}"))
    for field in TIERED:
        batch.drop_constraint(op.f(f"ck_{name}_{field}_tier_known"), type_="check")
        batch.drop_column(f"{field}_tier")
    for column in ("author_id", "taken_down_by"):
        batch.drop_constraint(op.f(f"fk_{name}_{column}"), type_="foreignkey")
        batch.drop_column(column)
    for column in ("expires_at", "reminded_at", "standing_reason"):
        batch.drop_column(column)
    batch.drop_constraint(op.f(f"ck_{name}_{STATE_CHECK}"), type_="check")
    batch.create_check_constraint(op.f(f"ck_{name}_{STATE_CHECK}"), known("state", OLD_STATES))


def _add_to_organisation(batch: BatchOperations) -> None:
    for column, target in (("created_by", "person"), ("merged_into_id", "organisation")):
        batch.add_column(sa.Column(column, sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f(f"fk_organisation_{column}"), target, [column], ["id"])
    for column in ("verified_at", "first_published_at"):
        batch.add_column(sa.Column(column, Moment(timezone=True), nullable=True))
    batch.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    batch.add_column(
        sa.Column("standing", sa.String(40), nullable=False, server_default="unverified")
    )
    batch.create_check_constraint(
        op.f("ck_organisation_standing_known"), known("standing", ("unverified", "verified"))
    )


def _take_from_organisation(batch: BatchOperations) -> None:
    batch.drop_constraint(op.f("ck_organisation_standing_known"), type_="check")
    for column in ("created_by", "merged_into_id"):
        batch.drop_constraint(op.f(f"fk_organisation_{column}"), type_="foreignkey")
    for column in (
        "created_by", "merged_into_id", "verified_at", "first_published_at", "version", "standing"
    ):  # fmt: skip
        batch.drop_column(column)
