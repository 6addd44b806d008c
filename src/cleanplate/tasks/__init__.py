"""Life of a task: states, the one door, the truth in the database, the worker, expiry."""
