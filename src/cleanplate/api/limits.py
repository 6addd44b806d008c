"""What every dialect says of a reached limit: when to come again. Its codes and words are its own."""

from cleanplate.errors import CleanplateError, LimitReached


def retry_after(error: CleanplateError) -> dict[str, str]:
    """The headers that the reply to this error needs: `Retry-After`, in seconds, for a reached limit."""
    return {"Retry-After": str(error.retry_after_s)} if isinstance(error, LimitReached) else {}
