"""A day's work by mouse and keys: a label set, three clips in a list, a crowd, the review, the export of all.

    python -m tests.e2e.mouse_session.working_day OUT_FOLDER [--size 1440x900] [--theme light] [--scale 2]

It needs what `python -m tests.e2e.mouse_session` needs, and the sequences of `DLST_DATA`. OUT_FOLDER, which must
not exist or be empty, gets the clips, the pictures, and `day.md`: how many actions and seconds each step took. An
action is a key, a text that is typed, a click, or a drag. Ends with status 1 and a line where a step did not take
effect.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from dlst_gui.project.placement import SUFFIX
from dlst_gui.video import open_source
from tests.e2e.mouse_session.__main__ import size
from tests.e2e.mouse_session.album import Album
from tests.e2e.mouse_session.eye import NotSeenError
from tests.e2e.mouse_session.person import Person
from tests.e2e.mouse_session.project_truth import POLL_S, ProjectFile, StepError, Truth
from tests.e2e.mouse_session.virtual_screen import MissingProgramError, VirtualScreen, virtual_screen
from tests.e2e.mouse_session.window_program import REPOSITORY, Looks, prepare_home, window_program
from tracker_core import Box, Frame

CLIPS = (
    ("a-crowd", ("Girl", "Deer", "DragonBaby"), 200),
    ("b-dog", ("davis_dog",), 60),
    ("c-deer", ("Deer",), 60),
)
"""Name, the sequences that are seen side by side, and frames: a sequence that is shorter goes back and forth."""

HEIGHT = 300  # of a clip, pixels
GOOD_ENOUGH = 0.5  # IoU with the truth
MOST_CORRECTIONS = 40
DIALOG_S = 2.0  # until one is there, on a busy machine
VERDICT_S = 5.0  # after which there is nothing left to accept
STILL_S = 6.0  # a run that makes no frame for so long waits for somebody
LABEL_SET = {
    "format": "dlst-studio label set",
    "version": 1,
    "labels": [
        {"name": "player", "color": "#ffb000", "hotkey": "1"},
        {"name": "animal", "color": "#00c2ff", "hotkey": "2"},
    ],
    "attributes": [{"name": "truncated", "kind": "yes_no", "scope": "until_changed", "hotkey": "1"}],
}


@dataclass(frozen=True)
class CountedScreen(VirtualScreen):
    """A screen that remembers what was done on it."""

    acts: list[str] = field(default_factory=list)

    def press(self, *keys: str) -> None:
        self.acts.extend(keys)
        super().press(*keys)

    def write(self, text: str) -> None:
        self.acts.append(f"types {text}")
        super().write(text)

    def click(self, x: float, y: float) -> None:
        self.acts.append("clicks")
        super().click(x, y)

    @contextmanager
    def dragging(
        self, start: tuple[float, float], end: tuple[float, float], *, key: str | None = None
    ) -> Iterator[None]:
        self.acts.append("drags")
        with super().dragging(start, end, key=key):
            yield


@dataclass(frozen=True)
class Clip:
    """One video of the list, and what is seen in it.

    Attributes:
        truth: of each object, its box on each frame.
    """

    path: Path
    frames: tuple[Frame, ...]
    truth: tuple[tuple[Box, ...], ...]

    @property
    def file(self) -> ProjectFile:
        return ProjectFile(self.path.with_name(self.path.name + SUFFIX))


@dataclass
class Diary:
    """What each step took."""

    screen: CountedScreen
    steps: list[tuple[str, int, float]] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        actions, start_s = len(self.screen.acts), time.monotonic()
        yield
        self.steps.append((name, len(self.screen.acts) - actions, time.monotonic() - start_s))

    def text(self) -> str:
        rows = [f"| {name} | {actions} | {seconds:.0f} |" for name, actions, seconds in self.steps]
        total = f"| all | {sum(step[1] for step in self.steps)} | {sum(step[2] for step in self.steps):.0f} |"
        return "\n".join(("| step | actions | seconds |", "|---|---|---|", *rows, total, ""))


def made_clip(folder: Path, data: Path, name: str, sequences: Sequence[str], count: int) -> Clip:
    """Write sequences side by side as one video."""
    tiles, truth, left = [], [], 0
    for sequence in sequences:
        with open_source(data / "sequences" / sequence) as source:
            boxes = source.ground_truth or ()
            known = next((i for i, box in enumerate(boxes) if box is None), len(boxes))
            scale = HEIGHT / source.height
            width = round(source.width * scale)
            there = [index if (index // known) % 2 == 0 else -1 - index for index in range(count)]
            order = [index % known for index in there]
            read = {index: source.read(index) for index in sorted(set(order))}
        tiles.append([cv2.resize(read[i], (width, HEIGHT), interpolation=cv2.INTER_AREA) for i in order])
        found = [boxes[i] for i in order]
        truth.append(
            tuple(
                Box(box.x * scale + left, box.y * scale, box.width * scale, box.height * scale)
                for box in found
                if box is not None
            )
        )
        left += width
    frames = [np.concatenate(parts, axis=1) for parts in zip(*tiles, strict=True)]
    frames = [np.ascontiguousarray(frame[:, : frame.shape[1] // 2 * 2]) for frame in frames]
    path = folder / f"{name}.mp4"
    height, width = frames[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 25, (width, height))
    for frame in frames:
        writer.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
    writer.release()
    with open_source(path) as source:
        return Clip(path, tuple(source.read(index) for index in range(source.frame_count)), tuple(truth))


class WorkingDay:
    """Raises StepError or NotSeenError where a step does not take effect."""

    def __init__(self, screen: CountedScreen, album: Album, scale: float, clips: Sequence[Clip]) -> None:
        self.screen = screen
        self.diary = Diary(screen)
        self._album = album
        self._scale = scale
        self._clips = clips
        self._person = Person(screen, album, clips[0].frames, scale)

    def photograph(self, title: str) -> None:
        """As `Person.photograph`."""
        self._person.photograph(title)

    def _settle(self) -> None:
        """Until what was asked for is there, a dialog or a frame."""
        time.sleep(DIALOG_S)
        self._person.wait_for_window()

    def open_list(self) -> None:
        """The folder of clips."""
        self._person.wait_for_window()
        with self.diary.step("open the folder of clips"):
            self.screen.press("ctrl+shift+o")
            self._settle()
            self.photograph("asked for a folder")
            self.screen.write(str(self._clips[0].path.parent))
            self.screen.press("Return")
            _until(self._clips[0].file.path.exists, "the project of the first clip")
        self._person.find_frame(0)
        self.photograph("list of videos")

    def take_label_set(self, path: Path) -> None:
        """What the team has agreed on."""
        with self.diary.step("take the team's label set"):
            self.screen.press("ctrl+shift+p")
            self.screen.write("import label set")
            self.screen.press("Return")
            self._settle()
            self.photograph("asked for a label set")
            self.screen.write(str(path))
            self.screen.press("Return")
            self._settle()
            self.photograph("asked whether to add it")
            self.screen.press("Return")
        self.photograph("label set")

    def label(self, clip: Clip, label: int) -> None:
        """Draw, track, correct, review, done."""
        name = clip.path.stem
        self._person = Person(self.screen, self._album, clip.frames, self._scale)
        self._person.find_frame(0)
        with self.diary.step(f"{name}: first boxes"):
            for number, boxes in enumerate(clip.truth, 1):
                if number > 1:
                    self.screen.press("n")
                    self._settle()
                    self._person.look_again()
                self._person.draw(boxes[0])
                clip.file.wait_for(f"object {number}", partial(_has_box, (number, 0)))
                self.screen.press(f"ctrl+{label}")
        self.photograph(f"{name} first boxes")
        with self.diary.step(f"{name}: track and correct"):
            self.screen.press("ctrl+alt+t" if len(clip.truth) > 1 else "t")
            self._until_tracked(clip)
        self.photograph(f"{name} tracked")
        with self.diary.step(f"{name}: review"):
            self._review(clip)
        self.photograph(f"{name} reviewed")
        with self.diary.step(f"{name}: done"):
            self.screen.press("ctrl+Return")
        self.photograph(f"{name} done")

    def next_video(self, clip: Clip) -> None:
        """By key."""
        with self.diary.step(f"go on to {clip.path.stem}"):
            self.screen.press("ctrl+Next")
            _until(clip.file.path.exists, f"the project of {clip.path.name}")

    def export_all(self, name: str, made: Sequence[Path]) -> None:
        """Of the whole list, in the format whose title begins so."""
        with self.diary.step(f"export all as {name}"):
            self.screen.press("ctrl+shift+p")
            self.screen.write("export all")
            self.screen.press("Return")
            self._settle()
            self.screen.write(name)
            self.photograph(f"export all as {name}")
            self.screen.press("Return")
            _until(lambda: all(path.exists() for path in made), f"{', '.join(path.name for path in made)}")
            self._settle()
            self.photograph(f"exported as {name}")
            self.screen.press("Escape")

    def _until_tracked(self, clip: Clip) -> None:
        last = len(clip.frames) - 1
        corrections = 0
        while True:
            truth = self._watch_run(clip)
            ends = {number: max(truth.tracked(number), default=0) for number in range(1, len(clip.truth) + 1)}
            behind = [number for number, end in ends.items() if end < last]
            if not behind:
                return
            corrections += 1
            if corrections > MOST_CORRECTIONS:
                raise StepError(f"{clip.path.name}: still not tracked after {MOST_CORRECTIONS} corrections")
            if len(clip.truth) > 1:
                self.screen.press("u")
                self._settle()
            self._person.snap(f"{clip.path.stem} waits")
            self._person.look_again()
            shown = self._person.shown_frame()
            number = next((each for each in behind if abs(ends[each] - shown) <= 1), behind[0])
            self._correct(clip, number, shown)

    def _watch_run(self, clip: Clip) -> Truth:
        """Until a run has ended, or waits for somebody."""
        truth = clip.file.read()
        count, since_s = -1, time.monotonic()
        while time.monotonic() - since_s < STILL_S:
            time.sleep(POLL_S * 5)
            truth = clip.file.read()
            found = sum(len(truth.tracked(track.track_id)) for track in truth.project.tracks())
            if found != count:
                count, since_s = found, time.monotonic()
        return truth

    def _review(self, clip: Clip) -> None:
        self.screen.press("ctrl+shift+g")
        self.photograph(f"{clip.path.stem} findings")
        is_there = False  # a verdict leads to the next finding by itself
        for _ in range(MOST_CORRECTIONS):
            before = clip.file.read()
            if not is_there:
                self.screen.press("g")
            self._settle()
            self._person.look_again()
            shown = self._person.shown_frame()
            wrong = [
                number
                for number, boxes in enumerate(clip.truth, 1)
                if (at := before.project.prediction(number, shown)) is not None
                and (number, shown) not in before.human.keyframes
                and at.box.iou(boxes[shown]) < GOOD_ENOUGH
            ]
            if wrong:
                self._person.snap(f"{clip.path.stem} wrong on {shown}")
                self._correct(clip, wrong[0], shown)
                self._watch_run(clip)
                is_there = False
                continue
            self.screen.press("a")
            with suppress(StepError):
                clip.file.wait_for("a verdict", partial(_has_other_verdicts, before), VERDICT_S)
                is_there = True
                continue
            return

    def _correct(self, clip: Clip, number: int, shown: int) -> None:
        """Draw over a box; where neighbours look alike, it may be on the next frame."""
        before = clip.file.read().human.keyframes
        self.screen.press(str(number))
        self._person.draw(clip.truth[number - 1][shown], key="shift")
        clip.file.wait_for(
            f"a box of object {number} near frame {shown}",
            lambda truth: any(
                track == number and abs(frame - shown) <= 2
                for track, frame in truth.human.keyframes.keys() - before.keys()
            ),
        )


def _has_box(place: tuple[int, int], truth: Truth) -> bool:
    return place in truth.human.keyframes


def _has_other_verdicts(before: Truth, truth: Truth) -> bool:
    return truth.human.reviews != before.human.reviews


def _until(is_so: Callable[[], bool], what: str, patience_s: float = 60.0) -> None:
    end_s = time.monotonic() + patience_s
    while not is_so():
        if time.monotonic() > end_s:
            raise StepError(f"expected {what} within {patience_s:.0f} s")
        time.sleep(POLL_S)


def live(out: Path, screen_size: tuple[int, int], looks: Looks, names: Sequence[str]) -> Diary:
    """The whole day; pictures are there in any case."""
    data = Path(os.environ.get("DLST_DATA") or REPOSITORY.parent / "shared" / "data")
    clips_folder = out / "clips"
    clips_folder.mkdir(parents=True)
    clips = [made_clip(clips_folder.absolute(), data, *each) for each in CLIPS if each[0] in names]
    label_set = out.absolute() / "team.json"
    label_set.write_text(json.dumps(LABEL_SET), encoding="utf-8")
    album = Album(out)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        home = Path(folder)
        stack.callback(album.finish)
        prepare_home(home, looks)
        screen = CountedScreen(stack.enter_context(virtual_screen(*screen_size, home)).display)
        day = WorkingDay(screen, album, looks.scale, clips)
        with (
            window_program(screen, home, looks, "--speed", "fast") as program,
            program.explaining_errors(day.photograph),
        ):
            day.open_list()
            day.take_label_set(label_set)
            for number, clip in enumerate(clips):
                if number:
                    day.next_video(clip)
                day.label(clip, 1 if len(clip.truth) > 1 else 2)
            labels = clips_folder.absolute() / "labels"
            day.export_all("cvat", [labels / f"{clip.path.stem}.xml" for clip in clips])
            day.export_all("yolo", [labels / clip.path.stem / "data.yaml" for clip in clips])
            screen.press("ctrl+q")
            program.wait_for_end()
    return day.diary


def main(arguments: list[str]) -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.e2e.mouse_session.working_day", description="See the module."
    )
    parser.add_argument("out", type=Path, help="folder for the pictures and the clips")
    parser.add_argument("--size", type=size, default=(1440, 900), help="of the screen (default: 1440x900)")
    parser.add_argument("--theme", choices=("dark", "light"), default="dark")
    parser.add_argument("--clips", default=",".join(clip[0] for clip in CLIPS), help="with commas (default: all)")
    parser.add_argument("--scale", type=float, default=1.0, help="QT_SCALE_FACTOR (default: 1)")
    given = parser.parse_args(arguments)
    if given.out.is_dir() and any(given.out.iterdir()):
        parser.error(f"{given.out} is not empty; name a new folder")
    try:
        diary = live(given.out, given.size, Looks(given.theme, given.scale), given.clips.split(","))
    except (StepError, NotSeenError, MissingProgramError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    (given.out / "day.md").write_text(diary.text(), encoding="utf-8")
    print(diary.text())  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
