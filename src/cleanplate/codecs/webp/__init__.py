"""WEBP."""
