"""The program of a decoder's process: opens one source, and reads its frames into shared memory.

    python -m dlst_gui.video.isolation.program CONNECTION PARENT_ID MODULE:FUNCTION

The last argument names what opens a path; the code that starts the process chooses it, never what it reads.
"""

from __future__ import annotations

import os
import socket
import sys
import time
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from dlst_gui.video.isolation.confinement import allow_memory, confine, memory_for
from dlst_gui.video.isolation.frame_slots import FrameSlots, SlotShape
from dlst_gui.video.isolation.source_facts import SourceFacts
from dlst_gui.video.isolation.wire import Channel, Message, WireError, text_of, whole_number_of
from dlst_gui.video.video_source import OpeningWatch, VideoError, VideoSource

_LONGEST_WORDS = 10_000  # ours, in letters: of an error message
Open = Callable[[Path, OpeningWatch], VideoSource]
_TOLD_EVERY_S = 0.1  # ours: how far opening is


def main(arguments: list[str]) -> None:
    """Serve until the connection ends."""
    connection, parent_id, opener = arguments
    confine(int(parent_id))
    channel = Channel(_connected(connection))
    module, _, function = opener.partition(":")
    open_source: Open = getattr(import_module(module), function)
    _load_decoders()
    try:
        _serve(channel, open_source)
    except WireError:
        return  # the parent is gone, or has closed the source


def _connected(word: str) -> socket.socket:
    """The connection: a descriptor that was inherited; on Windows, it comes on standard input."""
    if sys.platform == "win32":
        return socket.fromshare(sys.stdin.buffer.read())
    return socket.socket(fileno=int(word))


def _load_decoders() -> None:
    """Now, so that a process that waits for its file opens it at once."""
    import_module("dlst_gui.video.image_sequence")
    import_module("dlst_gui.video.page_stack")
    import_module("dlst_gui.video.video_file")


def _serve(channel: Channel, open_source: Open) -> None:
    message, _ = channel.receive()
    path = Path(text_of(message, "open"))
    try:
        source = open_source(path, OpeningWatch(on_progress=_Progress(channel).tell))
        facts = SourceFacts.of(source)
    except Exception as error:
        channel.send(_refusal(error, f"{path} cannot be opened"))
        return
    channel.send(facts.message(), facts.payload())
    slots = _slots(channel, facts)
    allow_memory(memory_for(slots.shape.frame_bytes))
    while True:
        request, _ = channel.receive()
        channel.send(_read(source, slots, request))


class _Progress:
    """Tells now and then how far opening is."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._told_at_s = 0.0

    def tell(self, share: float) -> None:
        now_s = time.monotonic()
        if now_s - self._told_at_s >= _TOLD_EVERY_S:
            self._told_at_s = now_s
            self._channel.send({"share": min(max(share, 0.0), 1.0)})


def _slots(channel: Channel, facts: SourceFacts) -> FrameSlots:
    message, _, file = channel.receive_file()
    shape = SlotShape(whole_number_of(message, "slots", least=1, most=64), facts.height, facts.width)
    return FrameSlots.of_name(shape, text_of(message, "name")) if file is None else FrameSlots.of_file(shape, file)


def _read(source: VideoSource, slots: FrameSlots, request: Message) -> Message:
    index = whole_number_of(request, "read", least=0, most=source.frame_count - 1)
    slot = whole_number_of(request, "slot", least=0, most=slots.shape.slot_count - 1)
    answer: Message = {"frame": index}
    try:
        slots.put(slot, source.read(index))
    except Exception as error:
        answer |= _refusal(error, f"{source.path}: frame {index} cannot be read")
    return answer | {"notice": source.notice}


def _refusal(error: Exception, beginning: str) -> Message:
    """What went wrong, in words; for the log where it is neither the file's fault nor the machine's."""
    if isinstance(error, VideoError):
        words = str(error)
    elif isinstance(error, MemoryError):
        words = f"{beginning}: it takes more memory than a decoder may have"
    else:
        words = f"{beginning}: {error}"
    is_expected = isinstance(error, VideoError | OSError | MemoryError)
    trace = "" if is_expected else "".join(traceback.format_exception(error))
    return {"error": words[:_LONGEST_WORDS], "trace": trace[-_LONGEST_WORDS:]}


if __name__ == "__main__":
    main(sys.argv[1:])
    os._exit(0)  # whatever threads of a decoder are still at work
