"""What a user named as a file, and cannot be one."""

import re
from typing import Final

_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def file_name_fault(name: str) -> str:
    """Why this is no name of a file on this machine, as the end of a sentence; "" where it may be one."""
    if not name:
        return "its name is empty; name a file"
    if _ADDRESS.match(name):
        return "an address is not taken here; download it, and name the file"
    return ""
