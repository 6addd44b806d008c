"""The composition root: settings become an application. The one room that knows every part."""

from cleanplate.app.http_layer import build

__all__ = ["build"]
