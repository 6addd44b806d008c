"""Who may come in, how much of what, and what was used."""

from cleanplate.access.audit import AuditEntry
from cleanplate.access.keys import Access, Caller, KeyInfo
from cleanplate.usage.report import UsageDay

__all__ = ["Access", "AuditEntry", "Caller", "KeyInfo", "UsageDay"]
