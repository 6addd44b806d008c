"""Run by Alembic: migrate over the connection of `database.upgrading`, in its transaction if it has one."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"], transactional_ddl=True, transaction_per_migration=True
)
with context.begin_transaction():
    context.run_migrations()
