"""Filling holes: the inpainters that are here, and the choice of one for each hole."""
