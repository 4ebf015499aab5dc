"""The tracking store in PostgreSQL."""

from mlproj.tracking.sql.postgresql.opening import is_postgresql, open_postgresql

__all__ = ["is_postgresql", "open_postgresql"]
