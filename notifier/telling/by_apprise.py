"""Messages to staff through apprise: mail, chat, SMS gateways and a hundred others, each by its address."""

import logging
import re
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from notifier.domain.errors import SettingsWrong
from notifier.telling.port import Told

if TYPE_CHECKING:
    from apprise import NotifyBase

_BETWEEN = re.compile(r"[,\s]+(?=[a-z][a-z0-9+.-]*://)", re.IGNORECASE)  # a comma may be part of an address
_SHOWN = 12  # hexadecimal digits of an address' hash


class AppriseTeller:
    """Tells each address by itself, so that one that fails costs no other a second message."""

    def __init__(self, addresses: str, timeout: timedelta) -> None:
        """`addresses`: separated by commas. Raises SettingsWrong, by the address' place: it may hold a password."""
        # Its own lines would name addresses; how telling ended is logged by who asked for it.
        logging.getLogger("apprise").disabled = True
        # Loaded only where somebody is to be told: its many services take 30 MB and a tenth of a second.
        from apprise import Apprise

        self._timeout = timeout.total_seconds()
        self._receivers: dict[str, NotifyBase] = {}
        for place, address in enumerate(_BETWEEN.split(addresses.strip().strip(",")), 1):
            service = Apprise.instantiate(address)
            if service is None:
                raise SettingsWrong(f"NOTIFIER_ALARMS__URLS: address {place} is none that apprise knows.")
            self._receivers[sha256(address.encode()).hexdigest()[:_SHOWN]] = service

    def receivers(self) -> Sequence[str]:
        """A name for each address."""
        return tuple(self._receivers)

    def tell(self, receiver: str, title: str, body: str) -> Told:
        """Within `timeout`. apprise tells success from the rest, not a refusal from a lost answer: that is unknown."""
        from apprise import Apprise, NotifyFormat

        service = self._receivers.get(receiver)
        if service is None:
            return Told.NOT_TOLD
        one = Apprise()
        one.add(service)
        said = one.notify(body=body, title=title, body_format=NotifyFormat.TEXT, timeout=self._timeout)
        return Told.TOLD if said else Told.UNKNOWN
