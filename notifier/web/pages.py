"""The parameters of lists: what narrows them, how long a page is, and where it goes on."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from notifier.domain.errors import Invalid
from notifier.domain.item import read_item
from notifier.domain.lifecycle import Outcome, State
from notifier.domain.phone import read_number
from notifier.domain.types import Kind, Team
from notifier.service.lookups import Filters, Page
from notifier.service.suppressions import SuppressionFilters
from notifier.storage.models.people import AnswerState, SuppressionReason
from notifier.web.parameters import read_parameters

# What is looked for stands in a statement: neither database takes a NUL.
_Printable = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]


class PageParameters(BaseModel):
    """A page; a parameter that is not here is a mistake, and would otherwise narrow nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limit: int = Field(50, ge=1, le=200, description="Entries on a page.")
    cursor: UUID | None = Field(None, description="`next_cursor` of the page before.")


class QueryParameters(PageParameters):
    """Which queries. Whole numbers are looked for by a body instead: addresses stand in every proxy's log."""

    state: State | None = None
    outcome: Outcome | None = None
    authority: str | None = Field(None, pattern=r"^[A-Za-z]{2}$")
    kind: Kind | None = None
    item_id: _Printable | None = None
    referral_reference: _Printable | None = None
    code: str | None = Field(None, pattern=r"^[A-Za-z0-9]{8}(-[0-9]{1,2})?$", description="The reference in the texts.")
    last4: str | None = Field(None, pattern=r"^[0-9]{4}$", description="The last four digits of the sender's number.")

    def filters(self, regions: frozenset[str]) -> Filters:
        """For the lookup. Raises Invalid for an item number that is none."""
        return Filters(
            state=self.state,
            outcome=self.outcome,
            authority=self.authority.upper() if self.authority else None,
            kind=self.kind,
            item_id=read_item(self.item_id) if self.item_id else None,
            referral_reference=self.referral_reference,
            code=self.code[:8].upper() if self.code else None,
            last4=self.last4,
        )


class QuerySearch(QueryParameters):
    """The same in a body, which may name a whole number."""

    mobile: _Printable | None = None

    def filters(self, regions: frozenset[str]) -> Filters:
        """For the lookup. Raises Invalid for an item number or a mobile that is none."""
        mobile = read_mobile(self.mobile, regions) if self.mobile else None
        return replace(super().filters(regions), mobile=mobile)


def read_search(body: Mapping[str, Any]) -> QuerySearch:
    """The search in a body. Raises Invalid with every wrong field."""
    try:
        # As JSON: there an id is a text, and a text is no number.
        return QuerySearch.model_validate_json(json.dumps(body), strict=True)
    except ValidationError as refusal:
        errors = [{**error, "loc": ("body", *error["loc"])} for error in refusal.errors()]
        raise Invalid(*read_parameters(errors)) from None


class HandoffParameters(PageParameters):
    """Whose work."""

    team: Team | None = None


class SuppressionParameters(PageParameters):
    """Which entries of the list of phones that must not be texted."""

    reason: SuppressionReason | None = None
    in_force: bool | None = Field(None, description="False: those that were lifted.")
    old: bool | None = Field(None, description="True: so old that the number may have a new owner.")

    def filters(self) -> SuppressionFilters:
        """For the lookup."""
        return SuppressionFilters(self.reason, self.in_force, self.old)


class AnswerParameters(PageParameters):
    """Which answers."""

    state: AnswerState = AnswerState.ACCEPTED


def page(rows: Page, items: list[dict[str, Any]]) -> dict[str, Any]:
    """A page with the cursor of the next one."""
    return {"items": items, "next_cursor": str(rows.next_after) if rows.next_after else None}


def read_mobile(raw: str, regions: frozenset[str]) -> str:
    """A number in E.164, from any spelling. Raises Invalid."""
    number = read_number(raw, regions)
    if number.e164 is None:
        raise Invalid.one("mobile", "is not a telephone number.", number.reason)
    return number.e164
