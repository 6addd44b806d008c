"""Callbacks: the ones that are due, and who sends them."""
