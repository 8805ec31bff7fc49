"""Puts screen, program and person together, and lets the session happen."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from dlst_gui.project.placement import SUFFIX
from dlst_gui.video import open_source
from dlst_gui.video.demo_clip import demo_clip
from tests.e2e.mouse_session.album import Album
from tests.e2e.mouse_session.labelling_session import LabellingSession, Target
from tests.e2e.mouse_session.person import Person
from tests.e2e.mouse_session.project_truth import POLL_S, ProjectFile, StepError, Truth
from tests.e2e.mouse_session.virtual_screen import virtual_screen
from tests.e2e.mouse_session.window_program import REPOSITORY, Looks, prepare_home, window_program
from tracker_core import Box, Frame

SEQUENCE = "DragonBaby"
OPENING_S = 120.0


@dataclass(frozen=True)
class Stage:
    """Where a session takes place; pictures go to `out`, which is made."""

    out: Path
    size: tuple[int, int]
    looks: Looks
    source: Path
    album: Album = field(init=False)

    def __post_init__(self) -> None:
        self.out.mkdir(parents=True, exist_ok=True)
        object.__setattr__(self, "album", Album(self.out))


def default_source() -> Path:
    """A real sequence where there is one, else the clip that comes with the program."""
    root = Path(os.environ.get("DLST_DATA") or REPOSITORY.parent / "shared" / "data")
    sequence = root / "sequences" / SEQUENCE
    clip = demo_clip()
    if sequence.is_dir() or clip is None:
        return sequence
    return clip


def replay(stage: Stage) -> None:
    """Raises StepError, NotSeenError or MissingProgramError; the album is finished in any case."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        home = Path(folder)
        stack.callback(stage.album.finish)
        prepare_home(home, stage.looks)
        screen = stack.enter_context(virtual_screen(*stage.size, home))
        video = _copied(stage.source, stage.out.absolute())
        frames, target = _known(video)
        file = ProjectFile(video.with_name(video.name + SUFFIX))
        person = Person(screen, stage.album, frames, stage.looks.scale)
        session = LabellingSession(person, file, target)
        with (
            window_program(screen, home, stage.looks, "--speed", "fast") as program,
            program.explaining_errors(person.photograph),
        ):
            _open(person, video, file)
            seen = _first_sitting(session)
            program.wait_for_end()
        left = session.check_closed(seen)
        started_again = window_program(screen, home, stage.looks, "--speed", "fast", str(file.path))
        with started_again as program, program.explaining_errors(person.photograph):
            session.go_on(left)
            program.wait_for_end()
        session.check_closed(left)


def _first_sitting(session: LabellingSession) -> Truth:
    session.draw_first_box()
    session.track_and_pause()
    session.correct_by_moving()
    session.correct_by_drawing()
    session.pick_candidate()
    session.mark_visibility_and_undo()
    session.zoom_and_draw_second()
    session.track_both()
    session.review()
    session.look_at_dialogs()
    return session.close_while_tracking()


def _open(person: Person, video: Path, file: ProjectFile) -> None:
    person.wait_for_window()
    person.photograph("start page")
    person.screen.press("ctrl+shift+o" if video.is_dir() else "ctrl+o")
    person.photograph("asked for a video")
    person.screen.write(str(video))
    person.screen.press("Return")
    end_s = time.monotonic() + OPENING_S
    while not file.path.exists():
        if time.monotonic() > end_s:
            raise StepError(f"expected the project {file.path} within {OPENING_S:.0f} s of opening its video")
        time.sleep(POLL_S)


def _copied(source: Path, folder: Path) -> Path:
    """A copy whose project is made beside it, with its ground truth."""
    copy = folder / source.name
    if source.is_dir():
        return Path(shutil.copytree(source, copy))
    for path in source.parent.glob(f"{source.stem}_groundtruth*.txt"):
        shutil.copy(path, folder / path.name)
    return Path(shutil.copy(source, copy))


def _known(video: Path) -> tuple[tuple[Frame, ...], Target]:
    """The frames, and what is to be seen in them."""
    source = open_source(video)
    boxes = source.ground_truth
    first = None if boxes is None else boxes[0]
    if boxes is None or first is None:
        raise StepError(f"{video} comes without ground truth, so nobody knows where its target is")
    frames = tuple(source.read(index) for index in range(source.frame_count))
    source.close()
    return frames, Target(boxes, _beside(first, source.width, source.height))


def _beside(box: Box, width: int, height: int) -> Box:
    """Somewhere else in the frame: below the target, or above it where there is more room."""
    room_below, room_above = height - box.bottom, box.y
    side = 0.8 * min(box.width, max(room_below, room_above))
    y = box.bottom + 0.1 * side if room_below >= room_above else box.y - 1.1 * side
    return Box(min(max(box.x, 0.0), width - side), y, side, side)
