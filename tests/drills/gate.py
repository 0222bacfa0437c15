"""A gate on the line to a server: shut, it is as if the server were gone; frozen, as if it hung."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy.engine import make_url

from tests.servers import free_port

_CHUNK = 65536


class Gate:
    """Passes bytes on to `target`, on a port that stays the same however often it is shut. Open at first."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.port = free_port()
        self._target = target
        self._lock = threading.Lock()
        self._lines: list[socket.socket] = []
        self._listener: socket.socket | None = None
        self._flowing = threading.Event()
        self.open()

    def open(self) -> None:
        """Let everybody through, and what was held back as well."""
        self._flowing.set()
        if self._listener is not None:
            return
        listener = socket.create_server(("127.0.0.1", self.port))
        self._listener = listener
        threading.Thread(target=self._let_in, args=(listener,), daemon=True).start()

    def shut(self) -> None:
        """Break every connection, and refuse new ones."""
        with self._lock:
            listener, self._listener = self._listener, None
            lines, self._lines = self._lines, []
        for line in [*lines, *([listener] if listener else [])]:
            _break(line)
        self._flowing.set()

    def freeze(self) -> None:
        """Take connections and whatever is said, and pass nothing on."""
        self._flowing.clear()

    def _let_in(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                theirs, _ = listener.accept()
                ours = socket.create_connection(self._target)
                with self._lock:
                    if self._listener is not listener:
                        _break(theirs)
                        _break(ours)
                        return
                    self._lines += [theirs, ours]
                for source, sink in ((theirs, ours), (ours, theirs)):
                    threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(_CHUNK):
                self._flowing.wait()
                sink.sendall(data)
        _break(source)
        _break(sink)


def _break(line: socket.socket) -> None:
    """Wakes whoever waits on it, too."""
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
    line.close()


@contextmanager
def gate_to(address: str) -> Iterator[tuple[Gate, str]]:
    """A gate to the server of a URL, and the URL that leads through it."""
    url = make_url(address)
    gate = Gate((url.host or "127.0.0.1", url.port or 0))
    try:
        through = url.set(host="127.0.0.1", port=gate.port)
        yield gate, through.render_as_string(hide_password=False)
    finally:
        gate.shut()
