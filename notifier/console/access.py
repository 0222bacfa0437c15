"""Who may open a page. Every route declares one access: a permission, any member of staff, or everybody."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import Depends, Request
from fastapi.params import Depends as Declared
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.routing import BaseRoute

from notifier.console.cookies import session_token
from notifier.console.parts import console_of
from notifier.domain.errors import NotAllowed, NotifierError
from notifier.domain.permissions import Permission
from notifier.service.context import Context
from notifier.service.signing_in import SignedIn, find_session

# A header of the frame's script: what the part of the page shows that it asks for anew.
REDRAWN = "x-mark"


class NotSignedIn(NotifierError):
    """Nobody is signed in, or the session ended."""


class Open(StrEnum):
    """Ways in without a permission."""

    PUBLIC = "public"  # anybody
    STAFF = "staff"  # whoever is signed in


@dataclass(frozen=True)
class Visitor:
    """Who opens the page, with what the use cases need."""

    signed_in: SignedIn
    ctx: Context


class Needs:
    """A dependency: the session's person, if their role holds the permission. Looked up each time: ended is ended.

    by_itself: no person asks here, but an open page. That keeps no session alive, as drawing a part anew does not.
    """

    def __init__(self, access: Permission | Open, *, by_itself: bool = False) -> None:
        self.access = access
        self._by_itself = by_itself

    def __call__(self, request: Request) -> Visitor | None:
        """Raises NotSignedIn, NotAllowed. Runs in the thread pool: it asks the database."""
        ctx, token = console_of(request).ctx, session_token(request)
        asked = not self._by_itself and REDRAWN not in request.headers
        signed_in = find_session(ctx, token, by_person=asked) if token else None
        request.state.signed_in = signed_in
        if self.access is Open.PUBLIC:
            return None
        if signed_in is None:
            raise NotSignedIn("Sign in first." if token is None else "Your session has ended.")
        if isinstance(self.access, Permission) and not signed_in.principal.may(self.access):
            raise NotAllowed(f"The role {signed_in.principal.role} lacks the permission {self.access}.")
        return Visitor(signed_in, ctx)


def needs(access: Permission | Open) -> Declared:
    """The declaration of a route's access."""
    found: Declared = Depends(Needs(access))
    return found


Watching = Annotated[Visitor, Depends(Needs(Open.STAFF, by_itself=True))]
Staff = Annotated[Visitor, needs(Open.STAFF)]
Reader = Annotated[Visitor, needs(Permission.READ_QUERIES)]
PUBLIC = [needs(Open.PUBLIC)]


def accesses(routes: Iterable[BaseRoute]) -> Iterator[tuple[RouteContext, list[Permission | Open]]]:
    """Every route with what it declares; one entry is right."""
    for context in iter_route_contexts(list(routes)):
        if isinstance(context.original_route, APIRoute):
            inner = context.dependant.dependencies
            yield context, [one.call.access for one in inner if isinstance(one.call, Needs)]


def require_declarations(routes: Iterable[BaseRoute]) -> None:
    """Fail closed at start. Raises TypeError on a route that declares no access, or two."""
    wrong = [context.path for context, declared in accesses(routes) if len(declared) != 1]
    if wrong:
        raise TypeError(f"These pages do not declare exactly one access: {', '.join(map(str, wrong))}.")
