"""What somebody meets who types the bare address, and what a load balancer asks."""

import pytest

from tests.web.site import Site


def test_the_bare_address_leads_to_the_description_of_the_api(site: Site) -> None:
    answer = site.client.get("/", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, "/docs")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_head_answers_as_get_does_without_the_words(site: Site, path: str) -> None:
    got, headed = site.ask("GET", path), site.ask("HEAD", path)
    assert (headed.status_code, headed.headers["content-type"]) == (got.status_code, got.headers["content-type"])
    assert headed.text == ""
