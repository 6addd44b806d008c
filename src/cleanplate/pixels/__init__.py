"""Pixels: types, boxes, masks, and what puts one picture into another. Pure functions of arrays."""
