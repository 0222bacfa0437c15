"""A sign of life for a watcher outside: what has stopped cannot raise its own alarm."""

from datetime import timedelta

import requests

from notifier.telling.port import NobodyListens


class HeartbeatAddress:
    """GET to one address, in `timeout`; no redirects, no proxies of the environment."""

    def __init__(self, url: str, timeout: timedelta) -> None:
        self._url = url
        self._timeout = timeout.total_seconds()

    def __call__(self) -> None:
        """Say that the scheduler lives. Raises NobodyListens."""
        try:
            with requests.Session() as session:
                session.trust_env = False
                with session.get(self._url, timeout=self._timeout, allow_redirects=False, stream=True) as answer:
                    status = answer.status_code  # What it says is not read: it may be endless.
        except requests.RequestException as failure:
            raise NobodyListens(f"The heartbeat's address did not answer ({type(failure).__name__}).") from None
        if not 200 <= status < 300:
            raise NobodyListens(f"The heartbeat's address answered {status}.")
