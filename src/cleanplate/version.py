"""What this is called to the outside: `--version`, `doctor`, and the servers that pictures are fetched from."""

__version__ = "0.1.0"
