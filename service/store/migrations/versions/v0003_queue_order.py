"""queue order"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("projects", sa.Column("queue_order", sa.Text(), nullable=False, server_default="transcript"))
    op.create_table(
        "queue_places",
        sa.Column("segment_id", sa.Text(), nullable=False),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Double(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["segment_id"], ["segments.id"], name=op.f("fk_queue_places_segment_id")),
        sa.PrimaryKeyConstraint("segment_id", "model_id", name=op.f("pk_queue_places")),
    )
