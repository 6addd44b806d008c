"""JPEG files changed block by block: what is not touched keeps its coefficients. See `splice`."""
