"""What an agent says in a call."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from notifier.domain.permissions import Permission
from notifier.service.call_scripts import scripts_for
from notifier.web import documents
from notifier.web.auth import Caller, needs
from notifier.web.responses import Shown

router = APIRouter(prefix="/api/v1/queries", tags=["queries"], responses=documents.PROBLEMS)


@router.get("/{query_id}/call-script", responses=documents.CALL_SCRIPT)
def see_call_script(caller: Annotated[Caller, needs(Permission.WORK_HANDOFFS)], query_id: UUID) -> Response:
    """What to say when calling the sender of a query: in the language the sender prefers or, unknown, in two."""
    scripts = scripts_for(caller.ctx, query_id)
    said = {language: [{"part": line.part, "say": line.say} for line in lines] for language, lines in scripts.items()}
    return Shown({"scripts": said})
