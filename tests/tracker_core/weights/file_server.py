"""A web server for one file on 127.0.0.1 that can misbehave as real ones do."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class ServedFile:
    """What the server gives out; tests change it between requests."""

    data: bytes
    etag: str = '"v1"'
    last_modified: str = "Wed, 21 Oct 2015 07:28:00 GMT"
    has_ranges: bool = True
    has_length: bool = True
    cut_after: int | None = None  # the connection closes after so many bytes of the body
    declared_length: int | None = None
    status: int = 200
    range_start: int | None = None  # answers with this start instead of the one asked for
    requests: list[tuple[str, str]] = field(default_factory=list)  # method, Range header
    url: str = ""

    @property
    def ranges_asked(self) -> list[str]:
        return [range_header for method, range_header in self.requests if method == "GET"]


class _Handler(BaseHTTPRequestHandler):
    served: ServedFile

    def do_HEAD(self) -> None:
        self._answer(has_body=False)

    def do_GET(self) -> None:
        self._answer(has_body=True)

    def _answer(self, *, has_body: bool) -> None:
        served = self.served
        asked = self.headers.get("Range", "")
        served.requests.append((self.command, asked))
        if served.status != 200:
            self.send_error(served.status)
            return
        start = 0
        match = re.fullmatch(r"bytes=(\d+)-", asked)
        condition = self.headers.get("If-Range", "")
        is_same = condition in (served.etag, served.last_modified) and not condition.startswith("W/")  # RFC 9110
        if match and served.has_ranges and is_same:
            start = int(match[1]) if served.range_start is None else served.range_start
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(served.data) - 1}/{len(served.data)}")
        else:
            self.send_response(200)
        body = served.data[start:]
        self._send_headers(len(body))
        if has_body:
            with suppress(ConnectionError):  # a client that has seen enough hangs up
                self.wfile.write(body[: served.cut_after])

    def _send_headers(self, length: int) -> None:
        served = self.served
        if served.has_length:
            declared = length if served.declared_length is None else served.declared_length
            self.send_header("Content-Length", str(declared))
        for name, value in (("ETag", served.etag), ("Last-Modified", served.last_modified)):
            if value:
                self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


@contextmanager
def serve(data: bytes) -> Iterator[ServedFile]:
    served = ServedFile(data)
    handler = type("Handler", (_Handler,), {"served": served})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        served.url = f"http://127.0.0.1:{server.server_port}/models/imagenet-vgg-m.mat"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()
