"""/docs and the OpenAPI description: complete, honest about keys and failures, and its own examples work."""

from typing import Any

import pytest

from notifier.domain.permissions import Permission, Role
from notifier.web.auth import accesses
from tests.web.site import Json, Site
from tests.web.specimens import SPECIMENS
from tests.web.wire import on_the_wire

_CHECKS = {"/healthz", "/readyz", "/metrics"}


@pytest.fixture(scope="module")
def description(shared: Site) -> Json:
    """What /openapi.json says."""
    return dict(shared.client.get("/openapi.json").json())


def _operations(description: Json) -> dict[tuple[str, str], Json]:
    return {
        (method.upper(), path): operation
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    }


def test_the_page_is_served_with_what_it_draws(shared: Site) -> None:
    page = shared.client.get("/docs")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "//" not in page.text.replace("http://www.w3.org", ""), "no file of another host"


_BESIDE_THEM = ["../app.py", "%2e%2e/app.py", "..%2fapp.py", "docs/..%5c..%5capp.py", "//etc/passwd", "", "docs", "%00"]


@pytest.mark.parametrize("path", _BESIDE_THEM)
def test_static_files_are_those_and_no_others(shared: Site, path: str) -> None:
    assert on_the_wire(shared.client.app, "GET", "/static/docs/docs.css", {}).status == 200
    assert on_the_wire(shared.client.app, "GET", f"/static/{path}", {}).status == 404


def test_every_route_is_described(shared: Site, description: Json) -> None:
    declared = {
        (method, str(context.path))
        for context, _ in accesses(shared.client.app.routes)  # type: ignore[attr-defined]  # it is a FastAPI
        for method in context.methods or ()
    }
    same_without_a_body = {("HEAD", "/healthz"), ("HEAD", "/readyz")}
    assert set(_operations(description)) == declared - {("GET", "/"), ("GET", "/docs")} - same_without_a_body


def test_what_needs_a_key_says_so(shared: Site, description: Json) -> None:
    operations = _operations(description)
    for context, (access,) in accesses(shared.client.app.routes):  # type: ignore[attr-defined]  # it is a FastAPI
        for method in context.methods or ():
            operation = operations.get((method, str(context.path)), {})
            assert ("security" in operation) == isinstance(access, Permission), context.path
    assert description["components"]["securitySchemes"]["key"]["scheme"] == "bearer"


def test_every_operation_has_a_name_a_sentence_and_its_failures(description: Json) -> None:
    operations = _operations(description)
    assert len({operation["operationId"] for operation in operations.values()}) == len(operations)
    for (_, path), operation in operations.items():
        assert operation["description"].rstrip().endswith(".")
        if path not in _CHECKS:
            failures = [answer for status, answer in operation["responses"].items() if status[0] in "45"]
            assert failures
            assert all("application/problem+json" in answer["content"] for answer in failures), path
    assert "HTTPValidationError" not in str(description), "the framework's own shape is never sent"


def _example(operation: Json) -> Any:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return None if body is None else body["schema"]["example"]


def test_the_examples_of_the_description_work(site: Site) -> None:
    described = _operations(dict(site.client.get("/openapi.json").json()))
    tried = 0
    for route, specimen in SPECIMENS.items():
        example = _example(described.get(route, {}))
        if example is not None:
            tried += 1
            answer = site.ask(route[0], specimen.path(route[1], site), example, role=Role.ADMIN)
            assert answer.status_code in (200, 201), (route, answer.text)
            site.ask("POST", "/api/v1/sending/resume", role=Role.ADMIN)
    assert tried >= 14


def test_bodies_name_every_field_they_take(description: Json) -> None:
    for route, operation in _operations(description).items():
        example = _example(operation)
        if example is not None:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            assert schema["additionalProperties"] is False
            assert set(example) <= set(schema["properties"]), route
            assert set(schema.get("required", [])) <= set(example), route


def test_what_a_text_says_of_itself_is_described(site: Site) -> None:
    """A client reads one plain word, whatever else there is; and finds the words that word may be."""
    described = _operations(dict(site.client.get("/openapi.json").json()))["GET", "/api/v1/queries/{query_id}"]
    schema = described["responses"]["200"]["content"]["application/json"]["schema"]
    members = schema["properties"]["texts"]["items"]["properties"]
    (text,) = site.see(site.texted()["id"])["texts"]
    assert set(members) <= set(text)
    assert text["status"] in members["status"]["enum"]
    for word in members["status"]["enum"]:
        assert f"{word}: " in members["status"]["description"]
