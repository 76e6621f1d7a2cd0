"""A mirror on this machine that misbehaves on request: the first part of the path says how."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CONTENT = bytes(range(256)) * 400  # the file that all mirrors are said to have


class Handler(BaseHTTPRequestHandler):
    """/good/NAME sends the file; the other ways are those of real networks."""

    server: Mirror

    def do_GET(self) -> None:
        way = self.path.split("/")[1]
        self.server.asked.append(way)
        getattr(self, way)()

    def send(self, body: bytes, promised: int | None = None, status: int = 200) -> None:
        self.send_response(status)
        if promised is not None:
            self.send_header("Content-Length", str(promised))
        self.end_headers()
        self.wfile.write(body)

    def good(self) -> None:
        self.send(CONTENT, len(CONTENT))

    def unpacked(self) -> None:
        """A server that names no length, as some do."""
        self.send(CONTENT)

    def forbidden(self) -> None:
        self.send(b"no", 2, status=403)

    def silent(self) -> None:
        """Says nothing until the client has gone."""
        self.server.over.wait(20)

    def stuck(self) -> None:
        """Half of the file, then nothing more."""
        self.send(CONTENT[: len(CONTENT) // 2], len(CONTENT))
        self.wfile.flush()
        self.server.over.wait(20)

    def truncated(self) -> None:
        self.send(CONTENT[:1000], len(CONTENT))

    def short(self) -> None:
        """Too short, and it does not even promise more."""
        self.send(CONTENT[:1000])

    def wrong(self) -> None:
        self.send(CONTENT[::-1], len(CONTENT))

    def endless(self) -> None:
        with contextlib.suppress(ConnectionError):
            self.send(CONTENT * 100)

    def page(self) -> None:
        text = b"\n<!DOCTYPE html><html><body>Please log in.</body></html>"
        self.send(text, len(text))

    def log_message(self, *_: object) -> None:
        """Quiet."""


class Mirror(ThreadingHTTPServer):
    """The server, what it was asked for, and a sign that the test is over."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []
        self.over = threading.Event()

    def url(self, way: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{way}/file.gz"


@contextlib.contextmanager
def running() -> Iterator[Mirror]:
    """A mirror that runs in a thread inside the block."""
    server = Mirror()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
