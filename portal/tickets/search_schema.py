"""The full-text index over `ticket_text`, in each store's own words.

SQLite: an FTS5 table that keeps no copy of the texts and is fed by triggers. The words are already folded and split
(core/text.py `search_tokens`), so the plainest tokenizer does: `ascii` takes every sign beyond ASCII as part of a word.
Beginnings of 2 to 7 letters have lists of their own: a list is read hit by hit, while several words' would first be
put together (0.05 against 6 ms at 200,000 tickets).
PostgreSQL: two stored generated tsvectors (public words, all words) with a GIN index each; rows are kept whole up to
8 kB, since looking at a vector that was moved out or packed takes five times as long.
"""

from __future__ import annotations

from sqlalchemy.engine import Connection

SEARCH_TABLE = "ticket_fts"
SEARCH_COLUMNS = ("public_vector", "all_vector")
SEARCH_INDEXES = ("ix_ticket_text_public_vector", "ix_ticket_text_all_vector")
"""What stands in the store but not in the models; whoever compares the two passes over these."""

_SQLITE = (
    """
    CREATE VIRTUAL TABLE ticket_fts USING fts5(
        public, internal, content='ticket_text', content_rowid='ticket_id',
        tokenize='ascii', prefix='2 3 4 5 6 7', columnsize=0
    )
    """,
    """
    CREATE TRIGGER ticket_text_added AFTER INSERT ON ticket_text BEGIN
        INSERT INTO ticket_fts (rowid, public, internal) VALUES (new.ticket_id, new.public, new.internal);
    END
    """,
    """
    CREATE TRIGGER ticket_text_removed AFTER DELETE ON ticket_text BEGIN
        INSERT INTO ticket_fts (ticket_fts, rowid, public, internal)
        VALUES ('delete', old.ticket_id, old.public, old.internal);
    END
    """,
    """
    CREATE TRIGGER ticket_text_changed AFTER UPDATE OF ticket_id, public, internal ON ticket_text
    WHEN old.ticket_id <> new.ticket_id OR old.public <> new.public OR old.internal <> new.internal
    BEGIN
        INSERT INTO ticket_fts (ticket_fts, rowid, public, internal)
        VALUES ('delete', old.ticket_id, old.public, old.internal);
        INSERT INTO ticket_fts (rowid, public, internal) VALUES (new.ticket_id, new.public, new.internal);
    END
    """,
    "INSERT INTO ticket_fts (ticket_fts) VALUES ('rebuild')",
)

_POSTGRESQL = (
    """
    ALTER TABLE ticket_text SET (toast_tuple_target = 8160),
        ADD COLUMN public_vector tsvector
            GENERATED ALWAYS AS (to_tsvector('pg_catalog.simple'::regconfig, public)) STORED,
        ADD COLUMN all_vector tsvector
            GENERATED ALWAYS AS (to_tsvector('pg_catalog.simple'::regconfig, public || ' ' || internal)) STORED
    """,
    "CREATE INDEX ix_ticket_text_public_vector ON ticket_text USING gin (public_vector)",
    "CREATE INDEX ix_ticket_text_all_vector ON ticket_text USING gin (all_vector)",
)


def create_search(connection: Connection) -> None:
    """Make the index on either store and fill it from the rows that exist. Call once, after `ticket_text` is made."""
    for statement in _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL:
        connection.exec_driver_sql(statement)


def rebuild_search(connection: Connection) -> None:
    """Write the index anew from `ticket_text` (SQLite; PostgreSQL keeps its own in step by itself)."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("INSERT INTO ticket_fts (ticket_fts) VALUES ('rebuild')")
