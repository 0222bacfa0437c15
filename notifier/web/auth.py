"""Who may call a route. Every route declares one access: a permission, or one of the two ways without a key."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.openapi.models import HTTPBearer as BearerScheme
from fastapi.params import Depends as Declared
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from fastapi.security.base import SecurityBase
from starlette.routing import BaseRoute

from notifier.domain.errors import NotAllowed
from notifier.domain.permissions import Permission, Principal
from notifier.service.context import Context
from notifier.service.keys import find_principal
from notifier.web.parts import parts_of
from notifier.web.problems import NoKey

_LONGEST_KEY = 200


class Open(StrEnum):
    """Ways into a route without a key."""

    PUBLIC = "public"  # anybody
    SIGNED = "signed"  # the carrier, by its signature


@dataclass(frozen=True)
class Caller:
    """Who calls, with what the use cases need."""

    principal: Principal
    ctx: Context


class Needs(SecurityBase):
    """A dependency: the key's principal, if its role holds the permission. Looked up each time: revoked is revoked."""

    def __init__(self, permission: Permission) -> None:
        self.access = permission
        self.model = BearerScheme(description="A key made by `notifier keys create`.")
        self.scheme_name = "key"

    def __call__(self, request: Request) -> Caller:
        """Raises NoKey, NotAllowed. Runs in the thread pool: it asks the database."""
        ctx = parts_of(request).ctx
        key = _key(request)
        with ctx.database.look() as connection:
            principal = find_principal(connection, key)
        if principal is None:
            raise NoKey("This key opens nothing: it is wrong, or was revoked.")
        if not principal.may(self.access):
            raise NotAllowed(f"The role {principal.role} lacks the permission {self.access}.")
        return Caller(principal, ctx)


class NeedsNoKey:
    """A dependency that only declares."""

    def __init__(self, access: Open) -> None:
        self.access = access

    async def __call__(self) -> None:
        """Lets everybody through."""


def needs(access: Permission | Open) -> Declared:
    """The declaration of a route's access, for `Annotated[Caller, needs(...)]` or `dependencies=[needs(...)]`."""
    found: Declared = Depends(Needs(access) if isinstance(access, Permission) else NeedsNoKey(access))
    return found


def accesses(routes: Iterable[BaseRoute]) -> Iterator[tuple[RouteContext, list[Permission | Open]]]:
    """Every API route with what it declares; one entry is right."""
    for context in iter_route_contexts(list(routes)):
        if isinstance(context.original_route, APIRoute):
            yield context, _declared(context.dependant)


def require_declarations(routes: Iterable[BaseRoute]) -> None:
    """Fail closed at start. Raises TypeError on a route that declares no access, or two."""
    wrong = [context.path for context, declared in accesses(routes) if len(declared) != 1]
    if wrong:
        raise TypeError(f"These routes do not declare exactly one access: {', '.join(map(str, wrong))}.")


def _declared(dependant: Dependant) -> list[Permission | Open]:
    return [inner.call.access for inner in dependant.dependencies if isinstance(inner.call, (Needs, NeedsNoKey))]


def _key(request: Request) -> str:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    key = key.strip()
    if scheme.lower() != "bearer" or not key:
        raise NoKey("The request carries no key.")
    if len(key) > _LONGEST_KEY:
        raise NoKey("This key opens nothing: it is too long for one of ours.")
    return key
