"""A file of referrals looked at before it is taken in: what is wrong, row by row, and what is known already."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from notifier.customs.csv_referrals import ReferralFile, Row
from notifier.domain.errors import FieldProblem
from notifier.service.context import Context
from notifier.storage.models import Query

MOST_SHOWN = 200  # rows; those with problems come first


@dataclass(frozen=True)
class RowLook:
    """A row by the line it begins on. known: its referral has a query, whatever its content."""

    line: int
    reference: str
    item_id: str
    known: bool
    problems: Sequence[FieldProblem]


@dataclass(frozen=True)
class ImportLook:
    """The whole file: how many rows, how many cannot be taken; and rows to look at, at most MOST_SHOWN."""

    total: int
    refused: int
    rows: Sequence[RowLook]


def look_at(ctx: Context, source: ReferralFile) -> ImportLook:
    """Read every row; one statement finds which of those shown are known."""
    rows = list(source.rows())
    wrong = [row for row in rows if row.referral is None]
    sound = [row for row in rows if row.referral is not None]
    shown = [*wrong[:MOST_SHOWN], *sound[: max(MOST_SHOWN - len(wrong), 0)]]
    known = _known(ctx, shown)
    looks = [RowLook(row.line, row.reference, _item(row), _identity(row) in known, row.problems) for row in shown]
    return ImportLook(len(rows), len(wrong), looks)


def _known(ctx: Context, rows: Sequence[Row]) -> set[tuple[str, str, str]]:
    references = {row.referral.referral_reference for row in rows if row.referral is not None}
    if not references:
        return set()
    asked = select(Query.authority, Query.mrn, Query.referral_reference)
    with ctx.database.look() as connection:
        found = connection.execute(asked.where(Query.referral_reference.in_(references)))
        return {(row.authority, row.mrn, row.referral_reference) for row in found}


def _identity(row: Row) -> tuple[str, str, str] | None:
    referral = row.referral
    return (referral.authority, referral.mrn, referral.referral_reference) if referral is not None else None


def _item(row: Row) -> str:
    return row.referral.item_id if row.referral is not None else ""
