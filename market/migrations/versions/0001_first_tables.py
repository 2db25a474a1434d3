"""first tables"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

import market.models.columns

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", market.models.columns.Moment(timezone=True), nullable=False),
        sa.Column("actor", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("action", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("noun", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("noun_id", sa.Integer(), nullable=True),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("origin", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change")),
    )
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_change_at"), ["at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_change_noun_noun_id"), ["noun", "noun_id"], unique=False
        )

    op.create_table(
        "division",
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(length=6), nullable=False),
        sa.Column("parent_code", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("group", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_code"], ["division.code"], name=op.f("fk_division_parent_code")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_division")),
    )
    with op.batch_alter_table("division", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_division_group"), ["group"], unique=False)

    op.create_table(
        "field",
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
        sa.Column("parent_code", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("definition", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("gbt4754", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("gbt13745", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("high_tech", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("strategic", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("ipc", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["parent_code"], ["field.code"], name=op.f("fk_field_parent_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_field")),
    )
    op.create_table(
        "index_change",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "need",
                "achievement",
                name="kind_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("listing_id", sa.Integer(), nullable=False),
        sa.Column("at", market.models.columns.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_index_change")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("index_change", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_index_change_kind_listing_id"), ["kind", "listing_id"], unique=False
        )

    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sqlmodel.sql.sqltypes.AutoString(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "stale_suggestion",
        sa.Column(
            "kind",
            sa.Enum(
                "need",
                "achievement",
                name="kind_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("listing_id", sa.Integer(), nullable=False),
        sa.Column("since", market.models.columns.Moment(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("spreads", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "listing_id", name=op.f("pk_stale_suggestion")),
    )
    with op.batch_alter_table("stale_suggestion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stale_suggestion_since"), ["since"], unique=False)

    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "enterprise",
                "institution",
                "bureau",
                "service",
                "source",
                name="organisationkind_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("name_en", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=True),
        sa.Column("about", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("division_code", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("credit_code", sqlmodel.sql.sqltypes.AutoString(length=18), nullable=True),
        sa.Column(
            "registration_type",
            sa.Enum(
                "hk-br",
                "hk-cr",
                "macau",
                name="registrationtype_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "registration_number", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=True
        ),
        sa.Column("website", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", market.models.columns.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["division_code"], ["division.code"], name=op.f("fk_organisation_division_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("credit_code", name=op.f("uq_organisation_credit_code")),
        sa.UniqueConstraint("key", name=op.f("uq_organisation_key")),
    )
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_organisation_division_code"), ["division_code"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_organisation_name"), ["name"], unique=False)

    op.create_table(
        "achievement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("keywords", sa.JSON(), nullable=False),
        sa.Column(
            "language",
            sa.Enum(
                "zh-Hans",
                "zh-Hant",
                "en",
                name="language_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("division_code", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("readiness", sa.Integer(), nullable=True),
        sa.Column("amount_min", sa.BigInteger(), nullable=True),
        sa.Column("amount_max", sa.BigInteger(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "published",
                "closed",
                "withdrawn",
                name="listingstate_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=True),
        sa.Column("source_id", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", market.models.columns.Moment(timezone=True), nullable=False),
        sa.Column("changed_at", market.models.columns.Moment(timezone=True), nullable=False),
        sa.Column("published_at", market.models.columns.Moment(timezone=True), nullable=True),
        sa.Column("patents", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "amount_min >= 0 AND amount_max >= amount_min",
            name=op.f("ck_achievement_amounts_ordered"),
        ),
        sa.CheckConstraint(
            "readiness BETWEEN 1 AND 9", name=op.f("ck_achievement_readiness_known")
        ),
        sa.ForeignKeyConstraint(
            ["division_code"], ["division.code"], name=op.f("fk_achievement_division_code")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["organisation.id"], name=op.f("fk_achievement_owner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_achievement")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_achievement_source_source_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("achievement", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_achievement_division_code"), ["division_code"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_achievement_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_achievement_state_changed_at"), ["state", "changed_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_achievement_state_published_at"), ["state", "published_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_achievement_state_readiness"), ["state", "readiness"], unique=False
        )

    op.create_table(
        "need",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("keywords", sa.JSON(), nullable=False),
        sa.Column(
            "language",
            sa.Enum(
                "zh-Hans",
                "zh-Hant",
                "en",
                name="language_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("division_code", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("readiness", sa.Integer(), nullable=True),
        sa.Column("amount_min", sa.BigInteger(), nullable=True),
        sa.Column("amount_max", sa.BigInteger(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "published",
                "closed",
                "withdrawn",
                name="listingstate_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=True),
        sa.Column("source_id", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", market.models.columns.Moment(timezone=True), nullable=False),
        sa.Column("changed_at", market.models.columns.Moment(timezone=True), nullable=False),
        sa.Column("published_at", market.models.columns.Moment(timezone=True), nullable=True),
        sa.CheckConstraint(
            "amount_min >= 0 AND amount_max >= amount_min", name=op.f("ck_need_amounts_ordered")
        ),
        sa.CheckConstraint("readiness BETWEEN 1 AND 9", name=op.f("ck_need_readiness_known")),
        sa.ForeignKeyConstraint(
            ["division_code"], ["division.code"], name=op.f("fk_need_division_code")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["organisation.id"], name=op.f("fk_need_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_need_source_source_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("need", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_need_division_code"), ["division_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_need_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_need_state_changed_at"), ["state", "changed_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_need_state_published_at"), ["state", "published_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_need_state_readiness"), ["state", "readiness"], unique=False
        )

    op.create_table(
        "achievement_field",
        sa.Column("listing_id", sa.Integer(), nullable=False),
        sa.Column("field_code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["field_code"], ["field.code"], name=op.f("fk_achievement_field_field_code")
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"],
            ["achievement.id"],
            name=op.f("fk_achievement_field_listing_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("listing_id", "field_code", name=op.f("pk_achievement_field")),
    )
    with op.batch_alter_table("achievement_field", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_achievement_field_field_code"), ["field_code"], unique=False
        )

    op.create_table(
        "achievement_mode",
        sa.Column("listing_id", sa.Integer(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum(
                "commissioned",
                "joint",
                "transfer",
                "license",
                "equity",
                "consulting",
                "service",
                name="cooperationmode_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"],
            ["achievement.id"],
            name=op.f("fk_achievement_mode_listing_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("listing_id", "mode", name=op.f("pk_achievement_mode")),
    )
    with op.batch_alter_table("achievement_mode", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_achievement_mode_mode"), ["mode"], unique=False)

    op.create_table(
        "need_field",
        sa.Column("listing_id", sa.Integer(), nullable=False),
        sa.Column("field_code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["field_code"], ["field.code"], name=op.f("fk_need_field_field_code")
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["need.id"], name=op.f("fk_need_field_listing_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("listing_id", "field_code", name=op.f("pk_need_field")),
    )
    with op.batch_alter_table("need_field", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_need_field_field_code"), ["field_code"], unique=False)

    op.create_table(
        "need_mode",
        sa.Column("listing_id", sa.Integer(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum(
                "commissioned",
                "joint",
                "transfer",
                "license",
                "equity",
                "consulting",
                "service",
                name="cooperationmode_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["need.id"], name=op.f("fk_need_mode_listing_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("listing_id", "mode", name=op.f("pk_need_mode")),
    )
    with op.batch_alter_table("need_mode", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_need_mode_mode"), ["mode"], unique=False)

    op.create_table(
        "suggestion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "side",
            sa.Enum(
                "need",
                "achievement",
                name="kind_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("need_id", sa.Integer(), nullable=False),
        sa.Column("achievement_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("label", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("model", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("made_at", market.models.columns.Moment(timezone=True), nullable=False),
        sa.Column("need_version", sa.Integer(), nullable=False),
        sa.Column("achievement_version", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["achievement_id"],
            ["achievement.id"],
            name=op.f("fk_suggestion_achievement_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["need_id"], ["need.id"], name=op.f("fk_suggestion_need_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion")),
        sa.UniqueConstraint(
            "side",
            "need_id",
            "achievement_id",
            name=op.f("uq_suggestion_side_need_id_achievement_id"),
        ),
    )
    with op.batch_alter_table("suggestion", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_suggestion_achievement_id"), ["achievement_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_suggestion_need_id"), ["need_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_suggestion_side_achievement_id_rank"),
            ["side", "achievement_id", "rank"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_suggestion_side_need_id_rank"), ["side", "need_id", "rank"], unique=False
        )


def downgrade() -> None:

    with op.batch_alter_table("suggestion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_suggestion_side_need_id_rank"))
        batch_op.drop_index(batch_op.f("ix_suggestion_side_achievement_id_rank"))
        batch_op.drop_index(batch_op.f("ix_suggestion_need_id"))
        batch_op.drop_index(batch_op.f("ix_suggestion_achievement_id"))

    op.drop_table("suggestion")
    with op.batch_alter_table("need_mode", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_need_mode_mode"))

    op.drop_table("need_mode")
    with op.batch_alter_table("need_field", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_need_field_field_code"))

    op.drop_table("need_field")
    with op.batch_alter_table("achievement_mode", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_achievement_mode_mode"))

    op.drop_table("achievement_mode")
    with op.batch_alter_table("achievement_field", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_achievement_field_field_code"))

    op.drop_table("achievement_field")
    with op.batch_alter_table("need", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_need_state_readiness"))
        batch_op.drop_index(batch_op.f("ix_need_state_published_at"))
        batch_op.drop_index(batch_op.f("ix_need_state_changed_at"))
        batch_op.drop_index(batch_op.f("ix_need_owner_id"))
        batch_op.drop_index(batch_op.f("ix_need_division_code"))

    op.drop_table("need")
    with op.batch_alter_table("achievement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_achievement_state_readiness"))
        batch_op.drop_index(batch_op.f("ix_achievement_state_published_at"))
        batch_op.drop_index(batch_op.f("ix_achievement_state_changed_at"))
        batch_op.drop_index(batch_op.f("ix_achievement_owner_id"))
        batch_op.drop_index(batch_op.f("ix_achievement_division_code"))

    op.drop_table("achievement")
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organisation_name"))
        batch_op.drop_index(batch_op.f("ix_organisation_division_code"))

    op.drop_table("organisation")
    with op.batch_alter_table("stale_suggestion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stale_suggestion_since"))

    op.drop_table("stale_suggestion")
    op.drop_table("installation")
    with op.batch_alter_table("index_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_index_change_kind_listing_id"))

    op.drop_table("index_change")
    op.drop_table("field")
    with op.batch_alter_table("division", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_division_group"))

    op.drop_table("division")
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_change_noun_noun_id"))
        batch_op.drop_index(batch_op.f("ix_change_at"))

    op.drop_table("change")
