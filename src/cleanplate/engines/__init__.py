"""Fill engines: one file each, found by their `ENGINE` constant."""
