"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_keys_key_hash")),
    )
    op.create_table(
        "business_clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offset_seconds", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_business_clock")),
    )
    op.create_table(
        "import_runs",
        sa.Column("file_hash", sa.String(length=64), nullable=False),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("file_hash", name=op.f("pk_import_runs")),
    )
    op.create_table(
        "item_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.String(length=13), nullable=False),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_events")),
    )
    with op.batch_alter_table("item_events", schema=None) as batch_op:
        batch_op.create_index("ix_item_events_at", ["at"], unique=False)
        batch_op.create_index("ix_item_events_item_id", ["item_id"], unique=False)

    op.create_table(
        "queries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("authority", sa.String(length=2), nullable=False),
        sa.Column("destination", sa.String(length=2), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("mrn", sa.String(length=64), nullable=False),
        sa.Column("referral_reference", sa.String(length=64), nullable=False),
        sa.Column("item_id", sa.String(length=13), nullable=False),
        sa.Column("language", sa.String(length=32), nullable=True),
        sa.Column("mobile_given", sa.LargeBinary(), nullable=False),
        sa.Column("mobile", sa.LargeBinary(), nullable=True),
        sa.Column("mobile_hash", sa.String(length=64), nullable=True),
        sa.Column("last4_hash", sa.String(length=64), nullable=True),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("round_number", sa.Integer(), nullable=False),
        sa.Column("next_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("history_seq", sa.Integer(), nullable=False),
        sa.Column("history_hash", sa.String(length=64), nullable=False),
        sa.Column("firing_failures", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'closed') = (outcome IS NOT NULL)", name=op.f("ck_queries_closed_has_outcome")),
        sa.CheckConstraint("state = 'closed' OR next_due_at IS NOT NULL", name=op.f("ck_queries_open_has_due")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queries")),
        sa.UniqueConstraint(
            "authority", "mrn", "referral_reference", name=op.f("uq_queries_authority_mrn_referral_reference")
        ),
        sa.UniqueConstraint("code", name=op.f("uq_queries_code")),
    )
    with op.batch_alter_table("queries", schema=None) as batch_op:
        batch_op.create_index(
            "ix_queries_due", ["next_due_at"], unique=False, postgresql_where=sa.text("state <> 'closed'")
        )
        batch_op.create_index("ix_queries_item_id", ["item_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_queries_last4_hash"), ["last4_hash"], unique=False)
        batch_op.create_index("ix_queries_mobile_hash", ["mobile_hash"], unique=False)
        batch_op.create_index("ix_queries_state", ["state", "id"], unique=False)

    op.create_table(
        "refused_webhooks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refused_webhooks")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_refused_webhooks_fingerprint")),
    )
    op.create_table(
        "switches",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("off", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("actor", sa.String(length=80), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_switches")),
    )
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("dedupe_key", sa.String(length=160), nullable=False),
        sa.Column("attempt_ref", sa.String(length=64), nullable=True),
        sa.Column("form", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("business_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_webhooks_dedupe_key")),
    )
    with op.batch_alter_table("webhooks", schema=None) as batch_op:
        batch_op.create_index(
            "ix_webhooks_pending",
            ["next_try_at"],
            unique=False,
            postgresql_where=sa.text("state = 'pending'"),
            sqlite_where=sa.text("state = 'pending'"),
        )

    op.create_table(
        "conflicts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("query_id", sa.Uuid(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("fields", sa.String(length=200), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["query_id"], ["queries.id"], name=op.f("fk_conflicts_query_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflicts")),
        sa.UniqueConstraint("query_id", "content_hash", name=op.f("uq_conflicts_query_id_content_hash")),
    )
    op.create_table(
        "history",
        sa.Column("query_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("effect", sa.String(length=8), nullable=False),
        sa.Column("from_state", sa.String(length=32), nullable=True),
        sa.Column("to_state", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["query_id"], ["queries.id"], name=op.f("fk_history_query_id")),
        sa.PrimaryKeyConstraint("query_id", "seq", name=op.f("pk_history")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("query_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["query_id"], ["queries.id"], name=op.f("fk_idempotency_keys_query_id")),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_idempotency_keys")),
    )
    op.create_table(
        "rounds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("query_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("mobile", sa.LargeBinary(), nullable=False),
        sa.Column("item_id", sa.String(length=13), nullable=False),
        sa.Column("language", sa.String(length=32), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("close_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["query_id"], ["queries.id"], name=op.f("fk_rounds_query_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rounds")),
        sa.UniqueConstraint("query_id", "number", name=op.f("uq_rounds_query_id_number")),
    )
    op.create_table(
        "questions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=17), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("customs_words", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_questions_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
        sa.UniqueConstraint("round_id", "position", name=op.f("uq_questions_round_id_position")),
    )
    op.create_table(
        "replies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("carrier_sid", sa.String(length=64), nullable=False),
        sa.Column("query_id", sa.Uuid(), nullable=True),
        sa.Column("round_id", sa.Uuid(), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=False),
        sa.Column("phone_hash", sa.String(length=64), nullable=False),
        sa.Column("our_number", sa.String(length=20), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("num_media", sa.Integer(), nullable=False),
        sa.Column("reading", sa.String(length=32), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["query_id"], ["queries.id"], name=op.f("fk_replies_query_id")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_replies_round_id")),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhooks.id"], name=op.f("fk_replies_webhook_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replies")),
        sa.UniqueConstraint("carrier_sid", name=op.f("uq_replies_carrier_sid")),
        sa.UniqueConstraint("webhook_id", name=op.f("uq_replies_webhook_id")),
    )
    with op.batch_alter_table("replies", schema=None) as batch_op:
        batch_op.create_index("ix_replies_phone_hash", ["phone_hash"], unique=False)
        batch_op.create_index("ix_replies_query_id", ["query_id"], unique=False)

    op.create_table(
        "texts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("query_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("recipient", sa.LargeBinary(), nullable=False),
        sa.Column("recipient_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("send_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("any_hour", sa.Boolean(), nullable=False),
        sa.Column("ever_posted", sa.Boolean(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("body_hash", sa.String(length=64), nullable=True),
        sa.Column("sender_id", sa.String(length=20), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("template", sa.String(length=64), nullable=True),
        sa.Column("encoding", sa.String(length=8), nullable=True),
        sa.Column("segments", sa.Integer(), nullable=True),
        sa.Column("reply_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("carrier_sid", sa.String(length=64), nullable=True),
        sa.Column("delivery", sa.String(length=24), nullable=True),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state NOT IN ('claimed', 'posting') OR (lease_until IS NOT NULL AND lease_token IS NOT NULL)",
            name=op.f("ck_texts_held_has_lease"),
        ),
        sa.ForeignKeyConstraint(["query_id"], ["queries.id"], name=op.f("fk_texts_query_id")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_texts_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_texts")),
        sa.UniqueConstraint("carrier_sid", name=op.f("uq_texts_carrier_sid")),
    )
    with op.batch_alter_table("texts", schema=None) as batch_op:
        batch_op.create_index("ix_texts_query_id", ["query_id"], unique=False)
        batch_op.create_index("ix_texts_recipient_hash", ["recipient_hash", "query_id"], unique=False)
        batch_op.create_index(
            "ix_texts_waiting",
            ["state", "next_try_at"],
            unique=False,
            postgresql_where=sa.text("state IN ('queued', 'claimed', 'posting', 'unknown')"),
            sqlite_where=sa.text("state IN ('queued', 'claimed', 'posting', 'unknown')"),
        )
        batch_op.create_index(
            "uq_texts_round_kind",
            ["round_id", "kind"],
            unique=True,
            postgresql_where=sa.text("kind IN ('question', 'reminder')"),
            sqlite_where=sa.text("kind IN ('question', 'reminder')"),
        )

    op.create_table(
        "answers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("query_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("reply_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("next_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by", sa.String(length=80), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusal", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("state <> 'accepted' OR next_due_at IS NOT NULL", name=op.f("ck_answers_accepted_has_due")),
        sa.ForeignKeyConstraint(["query_id"], ["queries.id"], name=op.f("fk_answers_query_id")),
        sa.ForeignKeyConstraint(["reply_id"], ["replies.id"], name=op.f("fk_answers_reply_id")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_answers_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
        sa.UniqueConstraint("reply_id", name=op.f("uq_answers_reply_id")),
    )
    with op.batch_alter_table("answers", schema=None) as batch_op:
        batch_op.create_index(
            "ix_answers_due",
            ["next_due_at"],
            unique=False,
            postgresql_where=sa.text("state = 'accepted'"),
            sqlite_where=sa.text("state = 'accepted'"),
        )
        batch_op.create_index("ix_answers_query_id", ["query_id"], unique=False)
        batch_op.create_index("ix_answers_state", ["state", "id"], unique=False)

    op.create_table(
        "attempts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("text_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("posting_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("carrier_sid", sa.String(length=64), nullable=True),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("failed_later", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["text_id"], ["texts.id"], name=op.f("fk_attempts_text_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.create_index("ix_attempts_carrier_sid", ["carrier_sid"], unique=False)
        batch_op.create_index("ix_attempts_text_id", ["text_id"], unique=False)

    op.create_table(
        "handoffs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("query_id", sa.Uuid(), nullable=True),
        sa.Column("reply_id", sa.Uuid(), nullable=True),
        sa.Column("team", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("sentence", sa.String(length=300), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(length=80), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=80), nullable=True),
        sa.Column("closed_because", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["query_id"], ["queries.id"], name=op.f("fk_handoffs_query_id")),
        sa.ForeignKeyConstraint(["reply_id"], ["replies.id"], name=op.f("fk_handoffs_reply_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handoffs")),
    )
    with op.batch_alter_table("handoffs", schema=None) as batch_op:
        batch_op.create_index(
            "ix_handoffs_open",
            ["team", "priority", "opened_at"],
            unique=False,
            postgresql_where=sa.text("closed_at IS NULL"),
            sqlite_where=sa.text("closed_at IS NULL"),
        )
        batch_op.create_index("ix_handoffs_query_id", ["query_id"], unique=False)
        batch_op.create_index(
            "uq_handoffs_open",
            ["query_id", "team", "reason"],
            unique=True,
            postgresql_where=sa.text("closed_at IS NULL AND query_id IS NOT NULL AND reply_id IS NULL"),
            sqlite_where=sa.text("closed_at IS NULL AND query_id IS NOT NULL AND reply_id IS NULL"),
        )

    op.create_table(
        "suppressions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("phone_hash", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("reply_id", sa.Uuid(), nullable=True),
        sa.Column("evidence", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.String(length=80), nullable=True),
        sa.Column("lifted_because", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["reply_id"], ["replies.id"], name=op.f("fk_suppressions_reply_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppressions")),
    )
    with op.batch_alter_table("suppressions", schema=None) as batch_op:
        batch_op.create_index(
            "uq_suppressions_in_force",
            ["phone_hash", "reason"],
            unique=True,
            postgresql_where=sa.text("lifted_at IS NULL"),
            sqlite_where=sa.text("lifted_at IS NULL"),
        )

    op.create_table(
        "receipts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("text_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=True),
        sa.Column("carrier_sid", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_receipts_attempt_id")),
        sa.ForeignKeyConstraint(["text_id"], ["texts.id"], name=op.f("fk_receipts_text_id")),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhooks.id"], name=op.f("fk_receipts_webhook_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipts")),
        sa.UniqueConstraint("webhook_id", name=op.f("uq_receipts_webhook_id")),
    )
    with op.batch_alter_table("receipts", schema=None) as batch_op:
        batch_op.create_index("ix_receipts_text_id", ["text_id"], unique=False)


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("receipts", schema=None) as batch_op:
        batch_op.drop_index("ix_receipts_text_id")

    op.drop_table("receipts")
    with op.batch_alter_table("suppressions", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_suppressions_in_force",
            postgresql_where=sa.text("lifted_at IS NULL"),
            sqlite_where=sa.text("lifted_at IS NULL"),
        )

    op.drop_table("suppressions")
    with op.batch_alter_table("handoffs", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_handoffs_open",
            postgresql_where=sa.text("closed_at IS NULL AND query_id IS NOT NULL AND reply_id IS NULL"),
            sqlite_where=sa.text("closed_at IS NULL AND query_id IS NOT NULL AND reply_id IS NULL"),
        )
        batch_op.drop_index("ix_handoffs_query_id")
        batch_op.drop_index(
            "ix_handoffs_open",
            postgresql_where=sa.text("closed_at IS NULL"),
            sqlite_where=sa.text("closed_at IS NULL"),
        )

    op.drop_table("handoffs")
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.drop_index("ix_attempts_text_id")
        batch_op.drop_index("ix_attempts_carrier_sid")

    op.drop_table("attempts")
    with op.batch_alter_table("answers", schema=None) as batch_op:
        batch_op.drop_index("ix_answers_state")
        batch_op.drop_index("ix_answers_query_id")
        batch_op.drop_index(
            "ix_answers_due",
            postgresql_where=sa.text("state = 'accepted'"),
            sqlite_where=sa.text("state = 'accepted'"),
        )

    op.drop_table("answers")
    with op.batch_alter_table("texts", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_texts_round_kind",
            postgresql_where=sa.text("kind IN ('question', 'reminder')"),
            sqlite_where=sa.text("kind IN ('question', 'reminder')"),
        )
        batch_op.drop_index(
            "ix_texts_waiting",
            postgresql_where=sa.text("state IN ('queued', 'claimed', 'posting', 'unknown')"),
            sqlite_where=sa.text("state IN ('queued', 'claimed', 'posting', 'unknown')"),
        )
        batch_op.drop_index("ix_texts_recipient_hash")
        batch_op.drop_index("ix_texts_query_id")

    op.drop_table("texts")
    with op.batch_alter_table("replies", schema=None) as batch_op:
        batch_op.drop_index("ix_replies_query_id")
        batch_op.drop_index("ix_replies_phone_hash")

    op.drop_table("replies")
    op.drop_table("questions")
    op.drop_table("rounds")
    op.drop_table("idempotency_keys")
    op.drop_table("history")
    op.drop_table("conflicts")
    with op.batch_alter_table("webhooks", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_webhooks_pending",
            postgresql_where=sa.text("state = 'pending'"),
            sqlite_where=sa.text("state = 'pending'"),
        )

    op.drop_table("webhooks")
    op.drop_table("switches")
    op.drop_table("refused_webhooks")
    with op.batch_alter_table("queries", schema=None) as batch_op:
        batch_op.drop_index("ix_queries_state")
        batch_op.drop_index("ix_queries_mobile_hash")
        batch_op.drop_index(batch_op.f("ix_queries_last4_hash"))
        batch_op.drop_index("ix_queries_item_id")
        batch_op.drop_index("ix_queries_due", postgresql_where=sa.text("state <> 'closed'"))

    op.drop_table("queries")
    with op.batch_alter_table("item_events", schema=None) as batch_op:
        batch_op.drop_index("ix_item_events_item_id")
        batch_op.drop_index("ix_item_events_at")

    op.drop_table("item_events")
    op.drop_table("import_runs")
    op.drop_table("business_clock")
    op.drop_table("api_keys")
