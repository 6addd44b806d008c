"""What each key used, and how much of its limits that is."""
