"""Contact sheets of what each edit makes of real photographs: `python -m benchmarks.gallery [EDIT ...]`.

One module for each edit holds its `CASES`; a sheet is written to `docs/gallery/<edit>.jpg`.
"""
