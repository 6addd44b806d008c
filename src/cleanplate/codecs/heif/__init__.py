"""HEIF and AVIF: one container of boxes."""
