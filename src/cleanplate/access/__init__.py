"""Who may come in, how much of what, and what was used."""

from cleanplate.access.audit import AuditEntry
from cleanplate.access.callers import Caller
from cleanplate.access.keys import Access, KeyInfo
from cleanplate.access.static_keys import StaticKey, static_keys
from cleanplate.usage.report import AccountDay, UsageDay

__all__ = ["Access", "AccountDay", "AuditEntry", "Caller", "KeyInfo", "StaticKey", "UsageDay", "static_keys"]
