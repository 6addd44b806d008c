"""Who fills holes, one file each, found by their `ENGINE` constant."""
