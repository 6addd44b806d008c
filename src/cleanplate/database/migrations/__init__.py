"""Alembic's scripts. `database.engine` runs them; nobody imports them."""
