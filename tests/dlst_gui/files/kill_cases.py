"""What is killed again and again: exports in all formats, imports, runs of `track`."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import partial
from io import StringIO
from pathlib import Path

from dlst_gui.api import ImageChoice, Selection, open_project
from dlst_gui.cli import main as dlst
from dlst_gui.exchange.content import ExportContent
from dlst_gui.exchange.export import export
from dlst_gui.exchange.importing import import_labels
from dlst_gui.exchange.plan import ExportPlan
from dlst_gui.files import renames, settle
from dlst_gui.formats.format import Format
from dlst_gui.formats.registry import FORMATS
from dlst_gui.project.opening import ProjectOpener
from dlst_gui.project.store import ProjectStore
from dlst_gui.video import open_source
from dlst_gui.video.annotated_video import is_annotated_video
from tests.dlst_gui.commands.command_fakes import FakeFactory
from tracker_core import Frame

OLD, NEW = Selection(every=7), Selection(every=9)
"""Three frames each, of which two differ."""

Work = Callable[[Path], object]
"""Something done in a folder."""


def _nothing(_folder: Path) -> None:
    """Where nothing was."""


@dataclass(frozen=True, slots=True)
class Case:
    """Something that is killed.

    Attributes:
        begin: what lies in the folder before.
        next_start: what is done after the kill.
        names: what has to be there at any moment, in its old or its new state.
    """

    title: str
    work: Work
    begin: Work = _nothing
    next_start: Work = settle
    names: tuple[str, ...] = ()


def all_cases(project: Path) -> Iterator[Case]:
    """Of a project beside its video; their titles begin with a format's name, "import" or "track"."""
    with open_project(project) as opened:
        contents = {selection: opened.content(selection) for selection in (OLD, NEW)}
        frames = _Frames({index: opened.frames.read(index) for index in range(opened.frames.frame_count)})
    for label_format in FORMATS:
        yield from _exports(contents, frames, label_format)
    yield from _imports(project)
    yield from _tracks(project.with_name("clip.mp4"))


@dataclass(frozen=True, slots=True)
class _Frames:
    """Frames that were read before, so that no decoder crosses to a killed process."""

    frames: Mapping[int, Frame]

    def __enter__(self) -> _Frames:
        return self

    def __exit__(self, *_error: object) -> None:
        return None

    def read(self, frame_index: int) -> Frame:
        return self.frames[frame_index]


def _exports(contents: Mapping[Selection, ExportContent], frames: _Frames, label_format: Format) -> Iterator[Case]:
    """With and without images, where nothing was and over an earlier export, with names exchanged and without."""
    target = f"labels{label_format.suffix}"
    for images in (None, ImageChoice()) if label_format.wants_images else (None,):

        def write(folder: Path, selection: Selection = NEW, images: ImageChoice | None = images) -> None:
            plan = ExportPlan(label_format, folder / target, selection, images=images)
            export(plan, contents[selection], lambda: frames)

        old = partial(write, selection=OLD)
        title = f"{label_format.name}{' with images' if images else ''}"
        yield Case(f"{title}, new", write)
        yield Case(f"{title}, over an earlier one", write, old, names=(target, f"{target}.export.json"))
        if label_format.is_folder:
            yield Case(f"{title}, no exchange of names", partial(_without_renameat2, write), old)


def _imports(project: Path) -> Iterator[Case]:
    def begin(folder: Path) -> None:
        shutil.copy(project.with_name("clip.mp4"), folder / "clip.mp4")
        with open_project(project) as opened:
            opened.export("csv", folder / "labels.csv")

    def begin_with_project(folder: Path) -> None:
        begin(folder)
        shutil.copy(project, folder / "clip.mp4.dlst")

    def add(folder: Path) -> None:
        import_labels(folder / "labels.csv", folder / "clip.mp4", ProjectOpener(folder / "data"), again=True)

    def next_start(folder: Path) -> None:
        settle(folder)
        path = folder / "clip.mp4.dlst"
        if path.exists():
            ProjectStore.open(path).close()

    yield Case("import, new project", add, begin, next_start)
    yield Case("import, into a project", add, begin_with_project, next_start)


def _tracks(clip: Path) -> Iterator[Case]:
    def track(folder: Path, stop: int = 3) -> None:
        words = ["track", str(clip), "--init", "20,10,24,24", "--stop", str(stop), "--device", "cpu"]
        outputs = ("--out", "t.csv"), ("--video", "t.mp4"), ("--trace", "t.jsonl")
        words += [word for name, file in outputs for word in (name, str(folder / file))]
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()) as said:
            status = dlst(words, make_tracker=FakeFactory())
        assert status == 0, said.getvalue()

    names = ("t.csv", "t.csv.export.json", "t.mp4")
    yield Case("track, new", track, next_start=track)
    yield Case("track, over an earlier run", track, partial(track, stop=2), track, names)


def facts(folder: Path) -> dict[str, str]:
    """A hash per file; receipts and traces without times, of projects their tracks. Folders alone do not count."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.endswith((".lock", "-wal", "-shm")):
            data = _data(path)
            if data is not None:
                found[path.relative_to(folder).as_posix()] = hashlib.sha256(data).hexdigest()
    return found


def _data(path: Path) -> bytes | None:
    if path.name.endswith(".export.json"):
        content = json.loads(path.read_bytes())
        del content["written_at"]
        return json.dumps(content).encode()
    if path.name == "t.jsonl":
        lines = map(json.loads, path.read_text("utf-8").splitlines())
        return json.dumps([line["box"] for line in lines]).encode()
    if path.suffix == ".mp4":  # the encoder's threads may choose other bits
        with open_source(path) as source:
            times = [source.timestamp_s(index) for index in range(source.frame_count)]
        return repr((times, is_annotated_video(path))).encode()
    if path.suffix == ".dlst":
        with open_project(path) as project:
            found = [(each.info, each.keyframes) for each in project.tracks]
        return repr(found).encode() if found else None
    return path.read_bytes()


def problems_in(folder: Path) -> list[str]:
    """What no next start may leave: files of writers that are dead, and receipts that say what is not."""
    left = [path for pattern in (".dlst-*", "*-wal", ".*.dlst*") for path in folder.rglob(pattern)]
    problems = [f"{path.name} is left" for path in left]
    for receipt in folder.glob("*.export.json"):
        for each in json.loads(receipt.read_text("utf-8"))["files"]:
            path = folder / each["path"]
            if not path.is_file():
                problems.append(f"the receipt lists {each['path']}, which is not there")
            elif each["sha256"] not in (None, hashlib.sha256(path.read_bytes()).hexdigest()):
                problems.append(f"the receipt's hash is not that of {each['path']}")
    return problems


def _without_renameat2(work: Work, folder: Path) -> None:
    """As on systems that cannot exchange names."""
    known = renames._renameat2
    renames._renameat2 = lambda: None
    try:
        work(folder)
    finally:
        renames._renameat2 = known
