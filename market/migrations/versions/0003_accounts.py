"""accounts, organisations' matters, confidentiality, moderation, notices, the ledger's end"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

import market.models.columns

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("last_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("last_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column(
            "pruned_to", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("pruned_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("email", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=True),
        sa.Column("mobile", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=True),
        sa.Column("password_hash", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=True),
        sa.Column("totp_secret", sqlmodel.sql.sqltypes.AutoString(length=400), nullable=True),
        sa.Column("totp_step", sa.Integer(), nullable=True),
        sa.Column("acting_for", sa.Integer(), nullable=True),
        sa.Column("personalised", sa.Boolean(), nullable=False),
        sa.Column(
            "digest",
            sa.Enum(
                "off",
                "at-once",
                "daily",
                "weekly",
                name="digestrhythm_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("digested_at", market.models.columns.Moment(timezone=True), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", market.models.columns.Moment(timezone=True), nullable=False),
        sa.Column("suspended_at", market.models.columns.Moment(timezone=True), nullable=True),
        sa.Column("erased_at", market.models.columns.Moment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
        sa.UniqueConstraint("mobile", name=op.f("uq_person_mobile")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "appeal",
        sa.Column("id", sa.Integer(), nullable=False),
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
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "filed",
                "upheld",
                "dismissed",
                name="appealstate_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("filed_by", sa.Integer(), nullable=False),
        sa.Column("filed_at", market.models.columns.Moment(timezone=True), nullable=False),
        sa.Column("against", sa.Integer(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", market.models.columns.Moment(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["against"], ["person.id"], name=op.f("fk_appeal_against")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_appeal_decided_by")),
        sa.ForeignKeyConstraint(["filed_by"], ["person.id"], name=op.f("fk_appeal_filed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal")),
    )
    with op.batch_alter_table("appeal", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_appeal_filed_at"), ["filed_at"], unique=False)
        batch_op.create_index(op.f("ix_appeal_listing_id"), ["listing_id"], unique=False)
        batch_op.create_index(
            "uq_appeal_open",
            ["kind", "listing_id"],
            unique=True,
            sqlite_where=sa.text("state = 'filed'"),
            postgresql_where=sa.text("state = 'filed'"),
        )
    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("stored_as", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("noun", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("noun_id", sa.Integer(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("media_type", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column(
            "tier",
            sa.Enum(
                "public",
                "registered",
                "matched",
                "reviewers",
                "bureau",
                name="tier_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("uploaded_by", sa.Integer(), nullable=True),
        sa.Column("uploaded_at", market.models.columns.Moment(timezone=True), nullable=False),
        sa.Column("removed_at", market.models.columns.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["uploaded_by"], ["person.id"], name=op.f("fk_attachment_uploaded_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("code", name=op.f("uq_attachment_code")),
        sa.UniqueConstraint("stored_as", name=op.f("uq_attachment_stored_as")),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_attachment_noun_noun_id"), ["noun", "noun_id"], unique=False)
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "topic",
            sa.Enum(
                "privacy",
                "cross-border",
                "expert-name",
                "digest",
                name="consenttopic_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("version", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("given_at", market.models.columns.Moment(timezone=True), nullable=False),
        sa.Column("withdrawn_at", market.models.columns.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_consent_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_consent_person_id"), ["person_id"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "email",
                "sms",
                name="channel_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("target", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("subject", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("unsubscribe", sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=True),
        sa.Column("is_secret", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "sent",
                "dead",
                name="deliverystate_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", market.models.columns.Moment(timezone=True), nullable=False),
        sa.Column("next_at", market.models.columns.Moment(timezone=True), nullable=False),
        sa.Column("expires_at", market.models.columns.Moment(timezone=True), nullable=True),
        sa.Column("sent_at", market.models.columns.Moment(timezone=True), nullable=True),
        sa.Column("error", sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_delivery_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("key", name=op.f("uq_delivery_key")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_delivery_person_id"), ["person_id"], unique=False)
        batch_op.create_index(op.f("ix_delivery_state_next_at"), ["state", "next_at"], unique=False)
    op.create_table(
        "grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "visitor",
                "member",
                "expert",
                "round-officer",
                "approver",
                "supervisor",
                "finance",
                "administrator",
                "owner",
                "editor",
                "viewer",
                "technology-manager",
                "enterprise",
                "institution",
                "operator",
                "clock",
                name="role_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("granted_by", sa.Integer(), nullable=True),
        sa.Column("granted_at", market.models.columns.Moment(timezone=True), nullable=False),
        sa.Column("ended_at", market.models.columns.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["granted_by"], ["person.id"], name=op.f("fk_grant_granted_by")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_grant_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grant")),
    )
    with op.batch_alter_table("grant", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_grant_person_id"), ["person_id"], unique=False)
    op.create_table(
        "identity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("issuer", sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
        sa.Column("subject", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("linked_at", market.models.columns.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_identity_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_identity_issuer_subject")),
    )
    with op.batch_alter_table("identity", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_identity_person_id"), ["person_id"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "account",
                "organisation",
                "listing",
                "moderation",
                "disclosure",
                "expiry",
                "match",
                name="noticekind_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("subject", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("link", sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=True),
        sa.Column("at", market.models.columns.Moment(timezone=True), nullable=False),
        sa.Column("read_at", market.models.columns.Moment(timezone=True), nullable=True),
        sa.Column("digested_at", market.models.columns.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("key", name=op.f("uq_notice_key")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_notice_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            op.f("ix_notice_person_id_read_at"), ["person_id", "read_at"], unique=False
        )
    op.create_table(
        "one_time",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "register",
                "reset",
                "change-contact",
                "confirm-change",
                "oidc",
                "second-step",
                name="onetimepurpose_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("target", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("digest", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("created_at", market.models.columns.Moment(timezone=True), nullable=False),
        sa.Column("expires_at", market.models.columns.Moment(timezone=True), nullable=False),
        sa.Column("used_at", market.models.columns.Moment(timezone=True), nullable=True),
        sa.Column("wrong_tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_one_time_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time")),
    )
    with op.batch_alter_table("one_time", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_one_time_digest"), ["digest"], unique=False)
        batch_op.create_index(op.f("ix_one_time_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(op.f("ix_one_time_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            op.f("ix_one_time_purpose_target"), ["purpose", "target"], unique=False
        )
    op.create_table(
        "report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("receipt", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
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
        sa.Column("listing_title", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "false",
                "infringing",
                "secret",
                "unlawful",
                "spam",
                "other",
                name="reportreason_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("contact", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("reported_by", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "received",
                "accepted",
                "inadmissible",
                "upheld",
                "dismissed",
                name="reportstate_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("received_at", market.models.columns.Moment(timezone=True), nullable=False),
        sa.Column("due_at", market.models.columns.Moment(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", market.models.columns.Moment(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_report_decided_by")),
        sa.ForeignKeyConstraint(["reported_by"], ["person.id"], name=op.f("fk_report_reported_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("receipt", name=op.f("uq_report_receipt")),
    )
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_report_listing_id"), ["listing_id"], unique=False)
        batch_op.create_index(op.f("ix_report_received_at"), ["received_at"], unique=False)
        batch_op.create_index(op.f("ix_report_reported_by"), ["reported_by"], unique=False)
    op.create_table(
        "sign_in",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "browser",
                "token",
                name="signinkind_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("digest", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("method", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("created_at", market.models.columns.Moment(timezone=True), nullable=False),
        sa.Column("seen_at", market.models.columns.Moment(timezone=True), nullable=False),
        sa.Column("expires_at", market.models.columns.Moment(timezone=True), nullable=False),
        sa.Column("proven_at", market.models.columns.Moment(timezone=True), nullable=True),
        sa.Column("revoked_at", market.models.columns.Moment(timezone=True), nullable=True),
        sa.Column("address", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("agent", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sign_in_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("digest", name=op.f("uq_sign_in_digest")),
    )
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_sign_in_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(op.f("ix_sign_in_person_id"), ["person_id"], unique=False)
    op.create_table(
        "certification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "submitted",
                "verified",
                "refused",
                "withdrawn",
                name="certificationstate_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("statement", sa.Text(), nullable=False),
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
        sa.Column("submitted_by", sa.Integer(), nullable=False),
        sa.Column("submitted_at", market.models.columns.Moment(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", market.models.columns.Moment(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["person.id"], name=op.f("fk_certification_decided_by")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_certification_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by"], ["person.id"], name=op.f("fk_certification_submitted_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certification")),
    )
    with op.batch_alter_table("certification", schema=None) as batch_op:
        batch_op.create_index(
            op.f("ix_certification_organisation_id"), ["organisation_id"], unique=False
        )
        batch_op.create_index(op.f("ix_certification_submitted_at"), ["submitted_at"], unique=False)
        batch_op.create_index(
            "uq_certification_open",
            ["organisation_id"],
            unique=True,
            sqlite_where=sa.text("state = 'submitted'"),
            postgresql_where=sa.text("state = 'submitted'"),
        )
    op.create_table(
        "disclosure",
        sa.Column("id", sa.Integer(), nullable=False),
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
        sa.Column(
            "audience",
            sa.Enum(
                "organisation",
                "expert",
                name="audience_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "granted",
                "refused",
                "ended",
                name="disclosurestate_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("promise", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Integer(), nullable=False),
        sa.Column("requested_at", market.models.columns.Moment(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", market.models.columns.Moment(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["person.id"], name=op.f("fk_disclosure_decided_by")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_disclosure_organisation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_disclosure_person_id")),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["person.id"], name=op.f("fk_disclosure_requested_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure")),
    )
    with op.batch_alter_table("disclosure", schema=None) as batch_op:
        batch_op.create_index(
            op.f("ix_disclosure_kind_listing_id"), ["kind", "listing_id"], unique=False
        )
        batch_op.create_index(
            op.f("ix_disclosure_organisation_id"), ["organisation_id"], unique=False
        )
        batch_op.create_index(op.f("ix_disclosure_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "uq_disclosure_organisation",
            ["kind", "listing_id", "organisation_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('requested', 'granted')"),
            postgresql_where=sa.text("state IN ('requested', 'granted')"),
        )
        batch_op.create_index(
            "uq_disclosure_person",
            ["kind", "listing_id", "person_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('requested', 'granted')"),
            postgresql_where=sa.text("state IN ('requested', 'granted')"),
        )
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "visitor",
                "member",
                "expert",
                "round-officer",
                "approver",
                "supervisor",
                "finance",
                "administrator",
                "owner",
                "editor",
                "viewer",
                "technology-manager",
                "enterprise",
                "institution",
                "operator",
                "clock",
                name="role_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("target", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("digest", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("invited_by", sa.Integer(), nullable=False),
        sa.Column("created_at", market.models.columns.Moment(timezone=True), nullable=False),
        sa.Column("expires_at", market.models.columns.Moment(timezone=True), nullable=False),
        sa.Column("accepted_at", market.models.columns.Moment(timezone=True), nullable=True),
        sa.Column("accepted_by", sa.Integer(), nullable=True),
        sa.Column("revoked_at", market.models.columns.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["accepted_by"], ["person.id"], name=op.f("fk_invitation_accepted_by")
        ),
        sa.ForeignKeyConstraint(
            ["invited_by"], ["person.id"], name=op.f("fk_invitation_invited_by")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_invitation_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("digest", name=op.f("uq_invitation_digest")),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(
            op.f("ix_invitation_organisation_id"), ["organisation_id"], unique=False
        )
    op.create_table(
        "membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "visitor",
                "member",
                "expert",
                "round-officer",
                "approver",
                "supervisor",
                "finance",
                "administrator",
                "owner",
                "editor",
                "viewer",
                "technology-manager",
                "enterprise",
                "institution",
                "operator",
                "clock",
                name="role_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "active",
                "refused",
                "ended",
                name="membershipstate_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
        sa.Column("since", market.models.columns.Moment(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", market.models.columns.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["person.id"], name=op.f("fk_membership_decided_by")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_membership_organisation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_membership_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index(
            op.f("ix_membership_organisation_id"), ["organisation_id"], unique=False
        )
        batch_op.create_index(op.f("ix_membership_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "uq_membership_current",
            ["person_id", "organisation_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('requested', 'active')"),
            postgresql_where=sa.text("state IN ('requested', 'active')"),
        )
    op.create_table(
        "merge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "prepared",
                "approved",
                "refused",
                name="mergestate_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("prepared_by", sa.Integer(), nullable=False),
        sa.Column("prepared_at", market.models.columns.Moment(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", market.models.columns.Moment(timezone=True), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_merge_decided_by")),
        sa.ForeignKeyConstraint(["prepared_by"], ["person.id"], name=op.f("fk_merge_prepared_by")),
        sa.ForeignKeyConstraint(
            ["source_id"], ["organisation.id"], name=op.f("fk_merge_source_id")
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["organisation.id"], name=op.f("fk_merge_target_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merge")),
    )
    with op.batch_alter_table("merge", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_merge_source_id"), ["source_id"], unique=False)
        batch_op.create_index(op.f("ix_merge_target_id"), ["target_id"], unique=False)
        batch_op.create_index(
            "uq_merge_open",
            ["source_id"],
            unique=True,
            sqlite_where=sa.text("state = 'prepared'"),
            postgresql_where=sa.text("state = 'prepared'"),
        )


def downgrade() -> None:
    op.drop_table("merge")
    op.drop_table("membership")
    op.drop_table("invitation")
    op.drop_table("disclosure")
    op.drop_table("certification")
    op.drop_table("sign_in")
    op.drop_table("report")
    op.drop_table("one_time")
    op.drop_table("notice")
    op.drop_table("identity")
    op.drop_table("grant")
    op.drop_table("delivery")
    op.drop_table("consent")
    op.drop_table("attachment")
    op.drop_table("appeal")
    op.drop_table("person")
    op.drop_table("ledger")
