"""Metadata of files: read, written again, and cleaned of what an edit took away."""
