"""What admins of a server look at and do: all tasks by account, who works, and models that are pulled."""
