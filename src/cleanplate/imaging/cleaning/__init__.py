"""Metadata without other pictures: what was erased is not to be found in a thumbnail."""
