"""TIFF, and the fax codes that may be inside."""
