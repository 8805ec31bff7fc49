"""Messages between the program and a decoder's process: a small JSON object each, with bytes behind it.

Neither side unpickles. What arrives is bounded in size and checked to be an object; who asked checks its fields.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress

_LENGTHS = struct.Struct("!II")  # of the JSON text, and of the bytes behind it
MAX_TEXT_BYTES = 2**20  # ours: the longest are error messages and notices
MAX_PAYLOAD_BYTES = 2**29  # ours: times and boxes of ten million frames
_PIECE_BYTES = 2**20

Value = str | int | float | bool | None
Message = dict[str, Value]


class WireError(Exception):
    """The other side is gone, or what it sends is no message."""


class OtherSideGoneError(WireError):
    """The connection ended."""

    def __init__(self) -> None:
        super().__init__("the connection ended")


class Channel:
    """One end of the connection; used by one thread at a time, `shut` by any."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._in_use = threading.Lock()

    def send(self, message: Mapping[str, Value], payload: bytes = b"", *, file: int | None = None) -> None:
        """Send a message; `file` is a descriptor that the other side gets a copy of (not on Windows).

        Raises:
            OtherSideGoneError: it is.
        """
        text = json.dumps(message).encode()
        data = _LENGTHS.pack(len(text), len(payload)) + text
        with self._in_use:
            try:
                sent = 0 if file is None else socket.send_fds(self._connection, [data], [file])
                self._connection.sendall(data[sent:] + payload)
            except OSError as error:
                raise OtherSideGoneError from error

    def receive(self, timeout_s: float | None = None) -> tuple[Message, bytes]:
        """The next message, and the bytes behind it; a descriptor that comes along is closed.

        Raises:
            WireError: the other side is gone, or sends something else than messages.
            TimeoutError: nothing came for `timeout_s`.
        """
        message, payload, file = self.receive_file(timeout_s)
        if file is not None:
            os.close(file)
        return message, payload

    def receive_file(self, timeout_s: float | None = None) -> tuple[Message, bytes, int | None]:
        """As `receive`; also the descriptor that came along, which belongs to the caller."""
        with self._in_use:
            try:
                self._connection.settimeout(timeout_s)
                head, file = self._receive_head()
                text_bytes, payload_bytes = _LENGTHS.unpack(head)
                if text_bytes > MAX_TEXT_BYTES or payload_bytes > MAX_PAYLOAD_BYTES:
                    raise WireError(f"a message of {text_bytes} + {payload_bytes} bytes")
                return _parsed(self._receive_exactly(text_bytes)), self._receive_exactly(payload_bytes), file
            except TimeoutError:
                raise
            except OSError as error:
                raise OtherSideGoneError from error

    def has_news(self, timeout_s: float) -> bool:
        """Whether something came, or the other side is gone, within so long."""
        with self._in_use:
            try:
                self._connection.settimeout(timeout_s)
                self._connection.recv(1, socket.MSG_PEEK)
            except TimeoutError:
                return False
            except OSError:
                pass  # found out again by whoever receives
            return True

    def shut(self) -> None:
        """End the connection; who waits in `receive` is told at once. Any thread, any number of times."""
        with suppress(OSError):  # not connected any more
            self._connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End the connection and give its descriptor back, once nobody uses it."""
        self.shut()
        with self._in_use:
            self._connection.close()

    def _receive_head(self) -> tuple[bytes, int | None]:
        if sys.platform == "win32":
            return self._receive_exactly(_LENGTHS.size), None
        else:  # noqa: RET505 - so that types are checked for either platform
            data, files, _, _ = socket.recv_fds(self._connection, _LENGTHS.size, 1)
            if not data:
                raise OtherSideGoneError
            return data + self._receive_exactly(_LENGTHS.size - len(data)), files[0] if files else None

    def _receive_exactly(self, byte_count: int) -> bytes:
        received = bytearray()
        while len(received) < byte_count:
            piece = self._connection.recv(min(byte_count - len(received), _PIECE_BYTES))
            if not piece:
                raise OtherSideGoneError
            received += piece
        return bytes(received)


def text_of(message: Mapping[str, Value], key: str) -> str:
    """A field that must be text.

    Raises:
        WireError: it is not.
    """
    value = message.get(key)
    if not isinstance(value, str):
        raise WireError(f"{key} is {value!r:.40}, expected text")
    return value


def whole_number_of(message: Mapping[str, Value], key: str, *, least: int, most: int) -> int:
    """A field that must be a whole number of that range.

    Raises:
        WireError: it is not.
    """
    value = message.get(key)
    if type(value) is not int or not least <= value <= most:
        raise WireError(f"{key} is {value!r:.40}, expected a whole number from {least} to {most}")
    return value


def share_of(message: Mapping[str, Value], key: str) -> float:
    """A field that must be a share of 1.

    Raises:
        WireError: it is not.
    """
    value = message.get(key)
    if not isinstance(value, float | int) or not 0 <= value <= 1:
        raise WireError(f"{key} is {value!r:.40}, expected a share of 1")
    return float(value)


def _parsed(text: bytes) -> Message:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WireError(f"not JSON: {text[:40]!r}") from error
    if not isinstance(message, dict) or not all(isinstance(v, Value) for v in message.values()):
        raise WireError(f"not a message: {text[:40]!r}")
    return message
