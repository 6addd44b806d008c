"""Ways to fill a hole, one file each, found by their `INPAINTER` constant."""
