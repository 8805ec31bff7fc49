"""A client of the TraX protocol, such as the VOT toolkit, at the other end of stdin and stdout; needs `vot-trax`.

Regions are rectangles: left, top, width, height in pixels, **the first pixel is 0**, from edge to edge. So are our
boxes, so they cross as they are; the protocol writes four decimals. Source: VOT toolkit `sequence/index.md`
("origin in the top-left corner with coordinates 0,0"), libtrax's rectangle format `%.4f`.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dlst_gui.commands.running.errors import CommandError
from dlst_gui.video import read_image
from tracker_core import Box, Frame

if TYPE_CHECKING:
    from trax import Image, Region

CONFIDENCE = "confidence"
"""The property that the toolkit's long-term measures read."""

_DECIMALS = 4
"""Of the protocol; the library holds them as 32-bit floats, and a tracker amplifies what these add."""


@dataclass(frozen=True, slots=True)
class TraxRequest:
    """A frame to be answered; `first_box` is given where a target begins, be it the first or another."""

    frame: Frame
    first_box: Box | None


class TraxClient(Protocol):
    """Who asks for boxes."""

    def wait(self) -> TraxRequest | None:
        """The next request; None when the client is done."""
        ...

    def answer(self, box: Box, confidence: float | None) -> None:
        """Reply to the request; without a confidence where the box is the client's own."""
        ...

    def quit(self, reason: str | None) -> None:
        """End the session; a reason says what went wrong."""
        ...


def check_trax() -> None:
    """Raises CommandError where `vot-trax` is missing."""
    try:
        importlib.import_module("trax")
    except (ImportError, OSError) as error:
        raise CommandError(
            f"trax needs the package vot-trax ({error}); install it with: pip install vot-trax"
        ) from error


class TraxConnection:
    """A `TraxClient` over stdin and stdout, or the socket that the environment variable TRAX_SOCKET names.

    Making it says hello, and from then on stdout belongs to the protocol.
    """

    def __init__(self, name: str) -> None:
        import trax  # noqa: PLC0415 - an extra

        self._trax = trax
        self._server = trax.Server(
            [trax.Region.RECTANGLE], [trax.Image.PATH, trax.Image.MEMORY], tracker_name=name
        )

    def wait(self) -> TraxRequest | None:
        """See `TraxClient`.

        Raises:
            CommandError: the client broke off, or sent what is no request.
            VideoError: an image cannot be read.
        """
        try:
            request = self._server.wait()
        except self._trax.TraxException as error:
            raise CommandError(f"the TraX client disconnected: {error}") from error
        if request.type == self._trax.TraxStatus.QUIT:
            return None
        is_first = request.type == self._trax.TraxStatus.INITIALIZE
        frame = _frame(request.image[self._trax.ImageChannel.COLOR])
        return TraxRequest(frame, _box([region for region, _ in request.objects]) if is_first else None)

    def answer(self, box: Box, confidence: float | None) -> None:
        """See `TraxClient`."""
        region = self._trax.Rectangle.create(box.x, box.y, box.width, box.height)
        self._server.status([(region, {} if confidence is None else {CONFIDENCE: f"{confidence:.6g}"})])

    def quit(self, reason: str | None) -> None:
        """See `TraxClient`."""
        self._server.quit(reason)


def _frame(image: Image) -> Frame:
    if image.type() == "path":
        return read_image(Path(image.path()))
    pixels: Frame = image.array()
    return pixels


def _box(regions: list[Region]) -> Box:
    kinds = [region.type for region in regions]
    if kinds != ["rectangle"]:
        raise CommandError(f"trax tracks one rectangle, the client sent {', '.join(kinds) or 'none'}")
    return Box(*(round(value, _DECIMALS) for value in regions[0].bounds()))
