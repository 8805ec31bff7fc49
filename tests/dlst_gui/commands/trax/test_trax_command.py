"""The tracker behind the TraX protocol: the loop with a scripted client, the protocol with `vot-trax`'s own."""

import importlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest

from dlst_gui.cli import main
from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.trax.connection import TraxRequest
from dlst_gui.commands.trax.run import serve
from tests.dlst_gui.commands.command_fakes import CommandTracker, FakeFactory
from tests.fakes import FakeTracker, SyntheticVideo
from tracker_core import Box, TrackerInputError

REPOSITORY = Path(__file__).resolve().parents[4]
PROGRAM = "import sys; from tests.dlst_gui.commands.trax.test_trax_command import run; sys.exit(run())"


class SeeingTracker(CommandTracker):
    """Prints, as libraries do, and begins only on the first frame of the video, pixel by pixel."""

    def initialize(self, frame, box, **kwargs):
        sys.stdout.write("a library that prints\n")
        if not np.array_equal(frame, SyntheticVideo().read(0)):
            raise TrackerInputError("other pixels than were sent")
        return super().initialize(frame, box, **kwargs)


def run() -> int:
    """`trax` in a process of its own."""
    return main(
        ["trax", "--device", "cpu"], make_tracker=lambda settings: SeeingTracker(lost_frames=frozenset({2}))
    )


@dataclass
class ScriptedClient:
    """Sends what it was given, one request after the other, and notes what comes back."""

    requests: list[TraxRequest | Exception]
    answers: list[tuple[Box, float | None]] = field(default_factory=list)
    ends: list[str | None] = field(default_factory=list)

    def wait(self) -> TraxRequest | None:
        if not self.requests:
            return None
        request = self.requests.pop(0)
        if isinstance(request, Exception):
            raise request
        return request

    def answer(self, box: Box, confidence: float | None) -> None:
        self.answers.append((box, confidence))

    def quit(self, reason: str | None) -> None:
        self.ends.append(reason)


@pytest.fixture
def begin(video: SyntheticVideo) -> TraxRequest:
    return TraxRequest(video.read(0), Box(20, 40, 24, 24))


@pytest.fixture
def follow(video: SyntheticVideo) -> TraxRequest:
    return TraxRequest(video.read(1), None)


def test_serve_when_a_target_is_followed_then_boxes_come_back_with_their_scores(
    begin: TraxRequest, follow: TraxRequest
) -> None:
    client = ScriptedClient([begin, follow, follow])
    serve(client, FakeTracker(lost_frames=frozenset({2})))
    assert client.answers == [
        (Box(20, 40, 24, 24), None),
        (Box(22, 40, 24, 24), 8.0),
        (Box(24, 40, 24, 24), -1.0),
    ]
    assert client.ends == [None]


def test_serve_when_the_client_begins_again_then_the_target_is_learned_anew(
    begin: TraxRequest, follow: TraxRequest, video: SyntheticVideo
) -> None:
    tracker, elsewhere = FakeTracker(), TraxRequest(video.read(0), Box(50, 60, 10, 12))
    client = ScriptedClient([begin, follow, elsewhere, follow])
    serve(client, tracker)
    assert [name for name, _ in tracker.calls] == ["initialize", "track", "initialize", "track"]
    assert client.answers[2:] == [(Box(50, 60, 10, 12), None), (Box(52, 60, 10, 12), 8.0)]


def test_serve_when_something_fails_then_the_client_is_told_why(begin: TraxRequest) -> None:
    client = ScriptedClient([begin, CommandError("1.jpg is no image")])
    with pytest.raises(CommandError, match="no image"):
        serve(client, FakeTracker())
    assert client.ends == ["1.jpg is no image"]


def test_trax_when_the_package_is_missing_then_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "trax", None)
    assert main(["trax"], make_tracker=FakeFactory()) == 2
    printed = capsys.readouterr()
    assert "pip install vot-trax" in printed.err
    assert printed.out == ""


@pytest.fixture
def trax() -> ModuleType:
    return pytest.importorskip("trax", reason="vot-trax is not installed: pip install vot-trax")


@pytest.fixture
def served(trax: ModuleType) -> Iterator["subprocess.Popen[bytes]"]:
    pipe, command = subprocess.PIPE, [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(command, cwd=REPOSITORY, bufsize=0, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        yield process
        process.kill()


@pytest.fixture
def client(served: "subprocess.Popen[bytes]") -> object:
    """`vot-trax`'s own client, at the other end."""
    heard: list[str] = []
    library = importlib.import_module("trax.client")
    return library.Client((served.stdin.fileno(), served.stdout.fileno()), log=heard.append)


def test_protocol_when_spoken_by_the_official_client_then_pixels_and_rectangles_cross_unchanged(
    trax: ModuleType, client, served, tmp_path: Path, video: SyntheticVideo
) -> None:
    path = tmp_path / "00000001.png"
    assert cv2.imwrite(str(path), cv2.cvtColor(video.read(0), cv2.COLOR_RGB2BGR))
    assert (client.tracker_name, client.region_formats) == ("DLST dlst-studio fast", ["rectangle"])
    answers = []
    for image, first in [
        (trax.FileImage.create(str(path)), (20.25, 40, 24, 24)),
        (trax.MemoryImage.create(video.read(0)), (0, 0, 8.5, 9)),
    ]:
        answers += client.initialize({"color": image}, [(trax.Rectangle.create(*first), {})], {})[0]
        for _ in range(3):
            answers += client.frame({"color": image}, {}, [])[0]
    client.quit()
    _, said = served.communicate(timeout=60)
    # The first pixel is 0 on both sides: what the client sent comes back, moved as the fake moves it.
    expected = [(x + 2 * step, *rest) for x, *rest in [(20.25, 40, 24, 24), (0, 0, 8.5, 9)] for step in range(4)]
    boxes = [region.bounds() for region, _ in answers]
    np.testing.assert_allclose(boxes, expected, atol=5e-5)  # the protocol writes four decimals
    assert [properties.get("confidence") for _, properties in answers] == [None, "8", "-1", "8"] * 2
    assert served.returncode == 0
    assert b"a library that prints" in said


def test_protocol_when_an_image_is_missing_then_the_client_hears_which(
    trax: ModuleType, client, served, tmp_path: Path
) -> None:
    missing = {"color": trax.FileImage.create(str(tmp_path / "1.png"))}
    with pytest.raises(trax.TraxException, match=r"1\.png does not exist"):
        client.initialize(missing, [(trax.Rectangle.create(1, 2, 3, 4), {})], {})
    _, said = served.communicate(timeout=60)
    assert served.returncode == 2
    assert b"1.png does not exist" in said
