"""The auditor: compares what should have fired with what has, by statements that share nothing with who fires."""

from notifier.audit.auditing import audit_due, read_audit
from notifier.audit.findings import Audited, Finding

__all__ = ["Audited", "Finding", "audit_due", "read_audit"]
