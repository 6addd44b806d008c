"""What a process for tasks need not know: it reaches no database, no store and nobody's clients."""

from collections.abc import MutableMapping
from typing import Final

from cleanplate.settings import PREFIX, Settings

_NAMES: Final = tuple(
    PREFIX + name for name in ("DATABASE_", "STORE", "API_KEYS", "LINK_KEYS", "METRICS_KEY")
)
_OF_CLOUDS: Final = ("AWS_", "GOOGLE_", "AZURE_", "PG", "OTEL_EXPORTER_OTLP")
"""Those of the store's clients, of Postgres' library, and of who collects traces."""


def forget_secrets(environment: MutableMapping[str, str]) -> None:
    """Take out of the environment what opens the database, the store and the API."""
    for name in list(environment):
        if name.upper().startswith((*_NAMES, *_OF_CLOUDS)):
            del environment[name]


def without_secrets(settings: Settings) -> Settings:
    """The settings of a process for tasks."""
    blank = Settings()
    secret = ("database_url", "api_keys", "link_keys", "metrics_key")
    return settings.model_copy(update={name: getattr(blank, name) for name in secret})
