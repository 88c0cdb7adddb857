"""The tables. Decisions can only be added; that a person made each is a constraint, not a convention."""

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: Row numbers grow in the order of adding; SQLite wants plain INTEGER for that.
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _id() -> sa.Column[str]:
    return sa.Column("id", sa.Text, primary_key=True)


def _at(name: str, *, nullable: bool = False) -> sa.Column[float]:
    return sa.Column(name, sa.Double, nullable=nullable)  # seconds since 1970, UTC


people = sa.Table(
    "people",
    metadata,
    _id(),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("disabled", sa.Boolean, nullable=False, default=False),
    _at("created_at"),
    sa.CheckConstraint("role IN ('coder', 'adjudicator', 'researcher', 'admin')", name="role"),
)

sessions = sa.Table(
    "sessions",
    metadata,
    _id(),
    sa.Column("person_id", sa.Text, sa.ForeignKey("people.id"), nullable=False),
    sa.Column("token_hash", sa.Text, nullable=False, unique=True),
    _at("created_at"),
    _at("expires_at"),
    _at("ended_at", nullable=True),
    sa.UniqueConstraint("id", "person_id"),
)

sign_in_failures = sa.Table(
    "sign_in_failures",
    metadata,
    sa.Column("number", _NUMBER, primary_key=True, autoincrement=True),
    sa.Column("key", sa.Text, nullable=False),
    _at("at"),
    sa.Index(None, "key", "at"),
)

codebooks = sa.Table(
    "codebooks",
    metadata,
    _id(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
    _at("created_at"),
    sa.UniqueConstraint("name", "version"),
)

projects = sa.Table(
    "projects",
    metadata,
    _id(),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("codebook_id", sa.Text, sa.ForeignKey("codebooks.id"), nullable=False),
    sa.Column("coders_required", sa.Integer, nullable=False),
    sa.Column("double_share", sa.Double, nullable=False),
    sa.Column("advice", sa.Text, nullable=False),
    sa.Column("blind_share", sa.Double, nullable=False),
    sa.Column("queue_order", sa.Text, nullable=False, server_default="transcript"),
    _at("created_at"),
)

members = sa.Table(
    "members",
    metadata,
    sa.Column("project_id", sa.Text, sa.ForeignKey("projects.id"), primary_key=True),
    sa.Column("person_id", sa.Text, sa.ForeignKey("people.id"), primary_key=True),
)

tokens = sa.Table(
    "tokens",
    metadata,
    _id(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("project_id", sa.Text, sa.ForeignKey("projects.id"), nullable=False),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("token_hash", sa.Text, nullable=False, unique=True),
    _at("created_at"),
    _at("revoked_at", nullable=True),
    sa.CheckConstraint("scope IN ('suggest')", name="scope"),
)

documents = sa.Table(
    "documents",
    metadata,
    sa.Column("number", _NUMBER, primary_key=True, autoincrement=True),
    sa.Column("project_id", sa.Text, sa.ForeignKey("projects.id"), nullable=False),
    sa.Column("document_id", sa.Text, nullable=False),
    sa.Column("participant_id", sa.Text, nullable=False),
    #: The canonical text of an imported transcript; NULL where segments were posted one by one.
    sa.Column("text", sa.Text),
    sa.Column("turns", sa.JSON),
    sa.Column("content_note", sa.Text, nullable=False, default=""),
    _at("created_at"),
    sa.UniqueConstraint("project_id", "document_id"),
)

participants = sa.Table(
    "participants",
    metadata,
    sa.Column("project_id", sa.Text, sa.ForeignKey("projects.id"), primary_key=True),
    sa.Column("participant_id", sa.Text, primary_key=True),
    sa.Column("attributes", sa.JSON, nullable=False),
)

segments = sa.Table(
    "segments",
    metadata,
    _id(),
    sa.Column("document_number", _NUMBER, sa.ForeignKey("documents.number"), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("text_sha256", sa.Text, nullable=False),
    sa.Column("speaker", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("context", sa.Text, nullable=False),
    #: How many people it needs, and whether it never gets advice: fixed here, once.
    sa.Column("needs", sa.Integer, nullable=False),
    sa.Column("blind", sa.Boolean, nullable=False),
    sa.Column("queued", sa.Boolean, nullable=False),
    #: In the random sample of an archive, from 0 to 1, by which it is decided first; NULL outside of one.
    sa.Column("lot", sa.Double),
    sa.UniqueConstraint("document_number", "position"),
    sa.Index(None, "document_number", "text_sha256"),
)

suggestions = sa.Table(
    "suggestions",
    metadata,
    _id(),
    sa.Column("segment_id", sa.Text, sa.ForeignKey("segments.id"), nullable=False),
    sa.Column("model_id", sa.Text, nullable=False),
    #: By dimension: suggested, best, abstained, reason, probabilities. No text.
    sa.Column("advice", sa.JSON, nullable=False),
    #: Who was answered: one person, or one program; nobody where an archive was scored into the queue.
    sa.Column("person_id", sa.Text, sa.ForeignKey("people.id")),
    sa.Column("token_id", sa.Text, sa.ForeignKey("tokens.id")),
    #: Whether anything of the model's opinion was in the answer.
    sa.Column("shown", sa.Boolean, nullable=False),
    _at("created_at"),
    sa.CheckConstraint("person_id IS NULL OR token_id IS NULL", name="asker"),
    sa.Index(None, "segment_id"),
)

decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("number", _NUMBER, primary_key=True, autoincrement=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("segment_id", sa.Text, sa.ForeignKey("segments.id"), nullable=False),
    sa.Column("coder_id", sa.Text, sa.ForeignKey("people.id"), nullable=False),
    sa.Column("session_id", sa.Text, nullable=False),
    sa.Column("codebook_version", sa.Text, nullable=False),
    sa.Column("codes", sa.JSON, nullable=False),
    sa.Column("retract", sa.Boolean, nullable=False),
    sa.Column("adjudication", sa.Boolean, nullable=False),
    sa.Column("memo", sa.Text, nullable=False),
    sa.Column("independent", sa.Boolean, nullable=False),
    #: What the person had been shown, as the server knows it, frozen.
    sa.Column("advice", sa.Text, nullable=False),
    sa.Column("shown", sa.JSON, nullable=False),
    _at("decided_at"),
    sa.ForeignKeyConstraint(["session_id", "coder_id"], ["sessions.id", "sessions.person_id"]),
    sa.CheckConstraint("advice IN ('none', 'shown', 'unknown')", name="advice"),
    sa.Index(None, "segment_id", "number"),
)

idempotency = sa.Table(
    "idempotency",
    metadata,
    sa.Column("person_id", sa.Text, sa.ForeignKey("people.id"), primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("request_sha256", sa.Text, nullable=False),
    sa.Column("answer", sa.JSON, nullable=False),
    _at("created_at"),
)

jobs = sa.Table(
    "jobs",
    metadata,
    _id(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("project_id", sa.Text, sa.ForeignKey("projects.id"), nullable=False),
    sa.Column("person_id", sa.Text, sa.ForeignKey("people.id"), nullable=False),
    sa.Column("options", sa.JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    #: Which taking of it by a worker holds, and until when, unless it is renewed.
    sa.Column("lease", sa.Text),
    _at("lease_until", nullable=True),
    sa.Column("progress", sa.Double, nullable=False),
    #: What is being done, in the program's own words, and why it failed: one sentence. No text of any transcript.
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("model_id", sa.Text),
    _at("created_at"),
    _at("started_at", nullable=True),
    _at("ended_at", nullable=True),
    sa.CheckConstraint("kind IN ('training')", name="kind"),
    sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name="state"),
    sa.CheckConstraint("(state = 'running') = (lease IS NOT NULL)", name="lease"),
    sa.Index(None, "project_id", "kind"),
    # one unfinished job of a kind in a project
    sa.Index(
        "uq_jobs_unfinished",
        "project_id",
        "kind",
        unique=True,
        sqlite_where=sa.text("state IN ('queued', 'running')"),
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    ),
)

#: Where a model puts segments in a queue that is ordered by what would teach it most.
queue_places = sa.Table(
    "queue_places",
    metadata,
    sa.Column("segment_id", sa.Text, sa.ForeignKey("segments.id"), primary_key=True),
    sa.Column("model_id", sa.Text, primary_key=True),
    #: From 0, first, to 1.
    sa.Column("place", sa.Double, nullable=False),
    _at("created_at"),
)

#: Files of other tools whose codings were taken over. What one says no longer counts once it has ended: withdrawn, or
#: imported again in another way.
imports = sa.Table(
    "imports",
    metadata,
    sa.Column("number", _NUMBER, primary_key=True, autoincrement=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("project_id", sa.Text, sa.ForeignKey("projects.id"), nullable=False),
    sa.Column("file_name", sa.Text, nullable=False),
    sa.Column("file_sha256", sa.Text, nullable=False),
    sa.Column("tool", sa.Text, nullable=False),
    #: Who coded it, in a sentence of the importing person, where the file names nobody.
    sa.Column("coded_by", sa.Text, nullable=False),
    #: What that person chose: codes, coders, columns, what lies under no selection.
    sa.Column("choices", sa.JSON, nullable=False),
    #: The file's tree of codes, its notes on documents by their ids, and what did not come along.
    sa.Column("codes", sa.JSON, nullable=False),
    sa.Column("memos", sa.JSON, nullable=False),
    sa.Column("left", sa.JSON, nullable=False),
    #: NULL where the operator imported it.
    sa.Column("person_id", sa.Text, sa.ForeignKey("people.id")),
    _at("created_at"),
    _at("ended_at", nullable=True),
    sa.Index(None, "project_id", "file_sha256"),
)

#: What a file's coders marked, to the character and in the file's own words.
imported_selections = sa.Table(
    "imported_selections",
    metadata,
    sa.Column("number", _NUMBER, primary_key=True, autoincrement=True),
    sa.Column("import_id", sa.Text, sa.ForeignKey("imports.id"), nullable=False),
    sa.Column("document_number", _NUMBER, sa.ForeignKey("documents.number"), nullable=False),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    #: The file's code, by its path in the tree, and what it is in the codebook, if it is there.
    sa.Column("path", sa.JSON, nullable=False),
    sa.Column("dimension", sa.Text),
    sa.Column("code", sa.Text),
    sa.Column("coder", sa.Text, nullable=False),
    #: Whether a tool's machine made it: kept as the file has it, and counted for nothing.
    sa.Column("machine", sa.Boolean, nullable=False),
    sa.Column("person_id", sa.Text, sa.ForeignKey("people.id")),
    sa.Column("memo", sa.Text, nullable=False),
    sa.Column("made_at", sa.Text, nullable=False),
    sa.Index(None, "document_number"),
)

#: What that comes to for segments. Never a decision: no final code is computed from these.
imported_codings = sa.Table(
    "imported_codings",
    metadata,
    sa.Column("number", _NUMBER, primary_key=True, autoincrement=True),
    sa.Column("import_id", sa.Text, sa.ForeignKey("imports.id"), nullable=False),
    sa.Column("segment_id", sa.Text, sa.ForeignKey("segments.id"), nullable=False),
    sa.Column("dimension", sa.Text, nullable=False),
    sa.Column("codes", sa.JSON, nullable=False),
    sa.Column("coder", sa.Text, nullable=False),
    sa.Column("person_id", sa.Text, sa.ForeignKey("people.id")),
    sa.Column("advice", sa.Text, nullable=False),
    sa.Column("adviser", sa.Text, nullable=False),
    sa.Column("memo", sa.Text, nullable=False),
    sa.CheckConstraint("advice IN ('none', 'shown', 'unknown')", name="advice"),
    sa.Index(None, "segment_id"),
)
