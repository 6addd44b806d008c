"""Variables that look like settings and are none: most often a mistyped name, whose value does nothing."""

import difflib
import re
from collections.abc import Iterable
from typing import Final

from cleanplate.settings import PREFIX, Settings

_NO_SETTINGS: Final = ("DEBUG", "TEST_BASE", "TEST_S3")
"""Read by the command line, and by tests."""
_OF_KUBERNETES: Final = re.compile(r"SERVICE_(HOST|PORT)(_.*)?|PORT_\d+_(TCP|UDP|SCTP)(_.*)?", re.DOTALL)
"""What every container is given of a service that is called `cleanplate`."""
_MOST: Final = 10
_LONGEST: Final = 60


def describe_unknown(names: Iterable[str]) -> str:
    """One line that names them, each with the setting that it looks most like; "" where there is none.

    A warning and no error: environments are shared with older and newer versions. Values are not looked at.

    Args:
        names: of all variables, in which case does not matter.
    """
    found = sorted(name for name in map(str.upper, names) if name.startswith(PREFIX) and not _is_known(name))
    shown = ", ".join(name[:_LONGEST] + _suggestion(name) for name in found[:_MOST])
    more = f" and {len(found) - _MOST} more" if len(found) > _MOST else ""
    return f"no settings of this version: {shown}{more}" if found else ""


def _is_known(name: str) -> bool:
    own = name.removeprefix(PREFIX)
    known = own.lower() in Settings.model_fields or own in _NO_SETTINGS
    return known or _OF_KUBERNETES.fullmatch(own) is not None


def _suggestion(name: str) -> str:
    known = [field.upper() for field in Settings.model_fields]
    near = difflib.get_close_matches(name.removeprefix(PREFIX)[:_LONGEST], known, n=1)
    return f" (did you mean {PREFIX}{near[0]}?)" if near else ""
