"""What is sent to a database: counted, and looked at for counts that read a whole table."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from notifier.service.context import Context

_TABLES = ("queries", "texts", "replies", "history", "receipts", "attempts", "webhooks", "handoffs")


@contextmanager
def statements(ctx: Context) -> Iterator[list[str]]:
    """What is sent to the database within the block, transactions' ends aside."""
    sent: list[str] = []

    def note(*call: object) -> None:
        if not str(call[2]).startswith("BEGIN"):
            sent.append(str(call[2]))

    event.listen(ctx.database.engine, "before_cursor_execute", note)
    yield sent
    event.remove(ctx.database.engine, "before_cursor_execute", note)


def counts_a_table(statement: str) -> bool:
    """A count of a table's rows without a condition reads them all."""
    flat = " ".join(statement.lower().split())
    found = re.search(rf"count\([^()]*\)[^()]* from ({'|'.join(_TABLES)})\b([^()]*)", flat)
    return found is not None and " where " not in found[2]
