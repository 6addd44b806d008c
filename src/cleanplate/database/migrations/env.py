"""Run by Alembic: migrate over the connection that `database.upgrading` has opened, in its transaction if it has one."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"], transactional_ddl=True, transaction_per_migration=True
)
with context.begin_transaction():
    context.run_migrations()
