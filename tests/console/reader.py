"""A reader of pages without a browser: keeps cookies, and sends forms as a browser would."""

import re
from dataclasses import dataclass
from html import unescape

from httpx2 import Client, Response

from tests.console.office import PASSWORD, Office, Person

_CSRF = re.compile(r'name="csrf" value="([0-9a-f]{64})"')


@dataclass
class Reader:
    """One person's connection to an office."""

    client: Client
    office: Office

    def get(self, path: str, **headers: str) -> Response:
        """A page."""
        return self.client.get(path, headers=headers)

    def post(self, path: str, page: str = "/console/account", *, csrf: str | None = None, **fields: str) -> Response:
        """A form, with the token that stands on `page` unless one is given."""
        csrf = self.token(page) if csrf is None else csrf
        headers = {"Origin": self.office.url, "Sec-Fetch-Site": "same-origin"}
        return self.client.post(path, data={"csrf": csrf, **fields}, headers=headers)

    def token(self, page: str = "/console/account") -> str:
        """What ties a form to its page."""
        found = _CSRF.search(self.get(page).text)
        return found[1] if found else ""

    def sign_in(self, person: Person, password: str = PASSWORD, code: str | None = None) -> Response:
        """The answer to the sign-in form."""
        fields = {"email": person.email, "password": password, "code": person.code() if code is None else code}
        return self.post("/console/sign-in", "/console/sign-in", **fields)

    def title(self) -> str:
        """What the list's page is called now; the sign-in page's title when nobody is signed in."""
        answer = self.client.get("/console/queries", follow_redirects=True)
        found = re.search(r"<h1>(.*?)</h1>", answer.text)
        return unescape(found[1]) if found else ""


def reader_of(office: Office) -> Reader:
    """A new reader, who follows no redirect unasked."""
    client = Client(base_url=office.url, headers={"Accept-Language": "en"})
    return Reader(office.visitors.enter_context(client), office)
