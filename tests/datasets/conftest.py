"""A web server on this machine that misbehaves as told, and an empty home folder."""

import hashlib
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from dlcourse.datasets import transfer
from tests.datasets.archives import tar_of, zip_of


class Handler(BaseHTTPRequestHandler):
    """Answers request number i with `server.script[i]` (the last one ever after), a function of this handler."""

    def do_GET(self):
        server = self.server
        with server.lock:
            step = server.script[min(len(server.ranges), len(server.script) - 1)]
            server.ranges.append(self.headers.get("Range"))
        step(self)

    def answer(self, body, code=200, length=None, **headers):
        """Send headers and body; `length` is what Content-Length claims (False: none)."""
        self.send_response(code)
        if length is not False:
            self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *args):
        """Keep the test output quiet."""


class Server(ThreadingHTTPServer):
    """`payload` is the right content; the methods are steps of a script."""

    daemon_threads = True

    def __init__(self, payload):
        super().__init__(("127.0.0.1", 0), Handler)
        self.payload, self.sha256 = payload, hashlib.sha256(payload).hexdigest()
        self.script, self.ranges = [self.good], []
        self.lock, self.released = threading.Lock(), threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}/files/set%20one.bin"

    def handle_error(self, request, client_address):
        """A client that hangs up is part of the tests; anything else is shown."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def good(self, handler):
        """Everything, or the asked range, or 416."""
        asked = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range") or "")
        if not asked:
            return handler.answer(self.payload)
        start = int(asked[1])
        if start >= len(self.payload):
            return handler.answer(b"", 416, Content_Range=f"bytes */{len(self.payload)}")
        stated = f"bytes {start}-{len(self.payload) - 1}/{len(self.payload)}"
        return handler.answer(self.payload[start:], 206, Content_Range=stated)

    def ignoring_range(self, handler):
        """Everything from the start, whatever was asked."""
        handler.answer(self.payload)

    def cut(self, at):
        """The first `at` bytes of the whole, then the connection closes."""
        return lambda handler: handler.answer(self.payload[:at], length=len(self.payload))

    def stall(self, at):
        """The first `at` bytes, then silence."""

        def step(handler):
            handler.answer(self.payload[:at], length=len(self.payload))
            self.released.wait(10)

        return step

    def fails(self, code):
        """An error status."""
        return lambda handler: handler.answer(b"no", code)

    def wrong(self, body=b"something else", **options):
        """Other bytes."""
        return lambda handler: handler.answer(body, **options)


@pytest.fixture
def server():
    """A running `Server` of 3,000,000 random bytes."""
    serving = Server(np.random.default_rng(0).bytes(3_000_000))
    thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield serving
    serving.released.set()
    serving.shutdown()
    serving.server_close()
    thread.join()


@pytest.fixture
def home(tmp_path, monkeypatch):
    """DLCOURSE_HOME in an empty folder, no proxies, and no waiting between attempts."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DLCOURSE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(transfer, "PAUSE", 0.0)
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path):
    """Where to unpack, with a neighbour whose name begins the same."""
    (tmp_path / "x" / "data-evil").mkdir(parents=True)
    return tmp_path / "x" / "data"


@pytest.fixture(params=["zip", "tar"])
def archive_of(request, tmp_path):
    """Makes a zip and then a tar of (name, bytes) pairs."""
    make = zip_of if request.param == "zip" else tar_of
    return lambda members: make(tmp_path / "archive", members)
