"""The version, for `--version`, `doctor`, and the name under which pictures are fetched."""

__version__ = "0.1.0"
