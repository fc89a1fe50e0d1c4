"""The store: feedback that is never lost, and the audit of invocations, in SQLite or PostgreSQL."""
