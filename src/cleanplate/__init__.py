"""Cleanplate removes people, objects, text and watermarks from pictures."""
