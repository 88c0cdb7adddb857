"""Text in, ranked codes out: no database, no web."""
