"""/docs: the API's description as a page. All of its files are ours: a machine without a network shows it too."""

from pathlib import Path

from fastapi import APIRouter
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

from notifier.web.auth import Open, needs

STATIC = Path(__file__).parents[1] / "static"
# Swagger UI draws some of its icons from data addresses.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

router = APIRouter(include_in_schema=False)
static_files = StaticFiles(directory=STATIC)


@router.get("/docs", dependencies=[needs(Open.PUBLIC)])
async def docs() -> Response:
    """The page; what it draws is /openapi.json."""
    headers = {"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff"}
    return FileResponse(STATIC / "docs" / "index.html", headers=headers)
