"""What a decoder's process sends is checked: it decodes foreign files, so it is not believed."""

from __future__ import annotations

import json
import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from dlst_gui import limits
from dlst_gui.video.isolation import frame_slots
from dlst_gui.video.isolation.confinement import memory_for
from dlst_gui.video.isolation.frame_slots import FrameSlots, SlotShape
from dlst_gui.video.isolation.source_facts import SourceFacts
from dlst_gui.video.isolation.wire import Channel, Message, OtherSideGoneError, WireError

ASKED = Path("/videos/Deer/img")
SOUND: Message = {
    "path": "/videos/Deer",
    "name": "Deer",
    "frame_count": 3,
    "width": 160,
    "height": 120,
    "nominal_fps": 25.0,
    "notice": None,
    "has_truth": False,
}
TIMES = np.array([0, 0.04, 0.08]).tobytes()


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, Channel]]:
    """The other side as it is, and this one."""
    other, ours = socket.socketpair()
    channel = Channel(ours)
    yield other, channel
    channel.close()
    other.close()


def framed(text: bytes, payload: bytes = b"") -> bytes:
    return struct.pack("!II", len(text), len(payload)) + text + payload


def test_receive_when_a_message_comes_in_pieces_then_it_is_put_together(
    ends: tuple[socket.socket, Channel],
) -> None:
    other, channel = ends
    for byte in framed(b'{"frame": 3}', b"xyz"):
        other.send(bytes([byte]))
    assert channel.receive(5.0) == ({"frame": 3}, b"xyz")


@pytest.mark.parametrize(
    "sent",
    [
        framed(b"no json"),
        framed(b"[1, 2]"),
        framed(b'{"frame": [1]}'),
        framed(b'{"frame": {"a": 1}}'),
        framed(b"[" * 100_000),
        framed(b'{"a": "\xff"}'),
        struct.pack("!II", 2**31, 0),
        struct.pack("!II", 2, 2**31),
    ],
    ids=["text", "list", "list in it", "object in it", "deep", "not UTF-8", "much text", "many bytes"],
)
def test_receive_when_what_comes_is_no_message_then_it_is_refused(
    sent: bytes, ends: tuple[socket.socket, Channel]
) -> None:
    other, channel = ends
    other.sendall(sent)
    with pytest.raises(WireError) as refused:
        channel.receive(5.0)
    assert not isinstance(refused.value, OtherSideGoneError)


def test_receive_when_the_other_side_ends_in_the_middle_then_that_is_told(
    ends: tuple[socket.socket, Channel],
) -> None:
    other, channel = ends
    other.sendall(framed(b'{"frame": 3}')[:-1])
    other.shutdown(socket.SHUT_RDWR)
    with pytest.raises(OtherSideGoneError):
        channel.receive(5.0)


def test_receive_when_nothing_comes_then_it_ends_in_time(ends: tuple[socket.socket, Channel]) -> None:
    with pytest.raises(TimeoutError):
        ends[1].receive(0.01)


def test_send_when_a_file_comes_along_then_the_other_side_has_it(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    sender, receiver = Channel(ours), Channel(theirs)
    with (tmp_path / "file").open("wb") as file:
        sender.send({"a": 1}, b"xyz", file=file.fileno())
        message, payload, received = receiver.receive_file(5.0)
    assert (message, payload) == ({"a": 1}, b"xyz")
    assert received is not None
    with os.fdopen(received, "wb") as same:
        same.write(b"written")
    assert (tmp_path / "file").read_bytes() == b"written"
    sender.close()
    receiver.close()


@pytest.mark.parametrize("asked", [ASKED, ASKED.parent], ids=["its images", "the sequence"])
def test_facts_when_they_are_sound_then_are_taken(asked: Path) -> None:
    facts = SourceFacts.received(SOUND, TIMES, asked)
    assert (facts.path, facts.frame_count, facts.ground_truth()) == (ASKED.parent, 3, None)
    assert facts.timestamps_s.tolist() == [0, 0.04, 0.08]


@pytest.mark.parametrize(
    ("change", "payload"),
    [
        ({"path": "/etc/passwd"}, TIMES),
        ({"frame_count": 2**60}, TIMES),
        ({"frame_count": 0}, b""),
        ({"frame_count": 2}, TIMES),
        ({"frame_count": True}, TIMES[:8]),
        ({"width": 2**28}, TIMES),
        ({"width": 2**20, "height": 2**10}, TIMES),
        ({"height": -3}, TIMES),
        ({"height": "120"}, TIMES),
        ({"nominal_fps": 0}, TIMES),
        ({"nominal_fps": float("nan")}, TIMES),
        ({"nominal_fps": None}, TIMES),
        ({"notice": 3}, TIMES),
        ({"name": None}, TIMES),
        ({"has_truth": True}, TIMES),
        ({"has_truth": True}, TIMES + np.full((3, 4), -1.0).tobytes()),
        ({"has_truth": True}, TIMES + np.array([[1, np.nan, 3, 4]] * 3).tobytes()),
        ({}, np.array([0, 0.04, 0.04]).tobytes()),
        ({}, np.array([0, np.inf, np.nan]).tobytes()),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else "",
)
def test_facts_when_something_cannot_be_then_they_are_refused(change: Message, payload: bytes) -> None:
    with pytest.raises(WireError):
        SourceFacts.received(SOUND | change, payload, ASKED)


def test_slots_when_the_other_side_would_take_pages_away_then_the_system_refuses() -> None:
    slots = FrameSlots.make(SlotShape(2, 4, 5))
    with pytest.raises(PermissionError):
        os.ftruncate(slots.file, 0)
    slots.close_file()
    assert slots.file == -1


def test_slots_when_a_file_without_a_name_is_all_there_is_then_frames_cross_as_well(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(frame_slots, "_sealed_memory", frame_slots._nameless_file)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    shape = SlotShape(2, 4, 5)
    ours = FrameSlots.make(shape)
    theirs = FrameSlots.of_file(shape, os.dup(ours.file))
    ours.close_file()
    frame = np.arange(60, dtype=np.uint8).reshape(4, 5, 3)
    theirs.put(1, frame)
    assert np.array_equal(ours.taken(1), frame)
    assert list(tmp_path.iterdir()) == []


def test_memory_when_frames_are_large_then_more_is_allowed() -> None:
    assert memory_for(3 * 7680 * 4320) - memory_for(0) == limits.DECODER_FRAMES * 3 * 7680 * 4320
