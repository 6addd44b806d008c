"""Errors whose log says more than they tell a stranger."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from cleanplate.errors import CleanplateError


@contextmanager
def logged(kind: type[CleanplateError], pattern: str) -> "Iterator[pytest.ExceptionInfo[CleanplateError]]":
    """Like `pytest.raises`, for what goes to the log."""
    with pytest.raises(kind) as caught:
        yield caught
    assert re.search(pattern, caught.value.log), caught.value.log
