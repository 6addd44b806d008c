"""The files of networks: where they lie, and how they get there."""
