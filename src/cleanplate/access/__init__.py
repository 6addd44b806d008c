"""Who may come in, how much of what, and what was used."""

from cleanplate.access.audit import AuditEntry
from cleanplate.access.callers import Caller
from cleanplate.access.key_book import LastAdminKey
from cleanplate.access.key_info import KeyInfo
from cleanplate.access.keys import Access
from cleanplate.access.sign_in import KeySession, Sessions
from cleanplate.access.static_keys import StaticKey, static_keys
from cleanplate.usage.report import AccountDay, AccountTotal, UsageDay

__all__ = [
    "Access",
    "AccountDay",
    "AccountTotal",
    "AuditEntry",
    "Caller",
    "KeyInfo",
    "KeySession",
    "LastAdminKey",
    "Sessions",
    "StaticKey",
    "UsageDay",
    "static_keys",
]
