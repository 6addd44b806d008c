"""Metadata without other pictures: what an edit removed must not be found again in a thumbnail or a preview."""
