"""Names of processes, in rows that several of them share."""

import os
import socket
import uuid


def process_name() -> str:
    """One that no other process has, not even after a restart; it says where this one is."""
    return f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:12]}"
