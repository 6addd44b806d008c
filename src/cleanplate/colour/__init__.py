"""Colours: profiles, depth, palettes, and the way between a file's own samples and sRGB."""
