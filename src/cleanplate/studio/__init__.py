"""The studio: a page to edit pictures on, as static files. What it does it asks of the native API.

`static/` is what browsers get, as it stands: ES modules without a build step, see docs/studio.md.
"""

from cleanplate.studio.studio_routes import Studio

__all__ = ["Studio"]
