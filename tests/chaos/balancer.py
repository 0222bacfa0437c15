"""One address before several web servers: each connection goes to the next one that takes it."""

import itertools
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress

from tests.servers import free_port

_CHUNK = 65536


class Balancer:
    """Passes connections on, in turn; one that no server takes is closed."""

    def __init__(self, targets: Sequence[int]) -> None:
        self.port = free_port()
        self._targets = targets
        self._turn = itertools.count()
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=256)
        threading.Thread(target=self._let_in, daemon=True, name="balancer").start()

    def close(self) -> None:
        """Take nobody any more."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _let_in(self) -> None:
        with suppress(OSError):
            while True:
                theirs, _ = self._listener.accept()
                threading.Thread(target=self._pass_on, args=(theirs,), daemon=True).start()

    def _pass_on(self, theirs: socket.socket) -> None:
        ours = self._connect()
        if ours is None:
            theirs.close()
            return
        threading.Thread(target=_copy, args=(theirs, ours), daemon=True).start()
        _copy(ours, theirs)

    def _connect(self) -> socket.socket | None:
        first = next(self._turn)
        for place in range(len(self._targets)):
            with suppress(OSError):
                target = self._targets[(first + place) % len(self._targets)]
                line = socket.create_connection(("127.0.0.1", target), timeout=2)
                line.settimeout(None)
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return line
        return None


def _copy(source: socket.socket, sink: socket.socket) -> None:
    """Until one side ends; then both do."""
    with suppress(OSError):
        while data := source.recv(_CHUNK):
            sink.sendall(data)
    for line in (source, sink):
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)
        line.close()
