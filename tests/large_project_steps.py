"""One thing done to a large project, timed: `python -m tests.large_project_steps STEP PROJECT`, one JSON line.

It runs with the checkout that PYTHONPATH names, also with one of before version 2 of the project file.
`tests.measuring.large_project` compares two of them.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

ROWS = list[tuple[str, float, float, float]]
"""What; seconds by the clock; seconds of the processor; megabytes at most, over what there was before."""


def megabytes(name: str) -> float:
    """A line of /proc/self/status."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))


@contextmanager
def timed(rows: ROWS, what: str) -> Iterator[None]:
    """Add a row for what is done inside."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before, clock, processor = megabytes("VmRSS"), time.perf_counter(), time.process_time()
    yield
    seconds = time.perf_counter() - clock, time.process_time() - processor
    rows.append((what, *seconds, megabytes("VmHWM") - before))


def window(path: Path, rows: ROWS) -> None:
    """Open it in a window, until the first frame is painted."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from dlst_gui.app import make_tracker_here, themed_application  # noqa: PLC0415
    from dlst_gui.project.opening import ProjectOpener  # noqa: PLC0415
    from dlst_gui.session.session import Session  # noqa: PLC0415
    from dlst_gui.tracking.tracker_factory import TrackerSettings  # noqa: PLC0415
    from dlst_gui.video import open_source  # noqa: PLC0415
    from dlst_gui.views.main_window import MainWindow  # noqa: PLC0415
    from dlst_gui.views.settings.user_settings import UserSettings  # noqa: PLC0415

    application = themed_application()
    session = Session(open_source, make_tracker_here, TrackerSettings(), ProjectOpener(path.parent / "data"))
    user = UserSettings(path.parent / "settings")
    shown = MainWindow(session, user, backbones=("default",), demo_clip=None, log_folder=path.parent)
    shown.show()
    application.processEvents()
    with timed(rows, "open in a window, until the first frame is painted"):
        session.open(path)
        while session.playhead.decoded is None:
            application.processEvents()
            time.sleep(0.001)
        shown.grab()
    if session.project is None or not session.project.tracks():
        raise RuntimeError(f"{path} was not opened")
    shown.close()


def everything(path: Path, rows: ROWS) -> None:
    """Read all boxes, as an export does."""
    from dlst_gui.project.store import ProjectStore  # noqa: PLC0415

    with timed(rows, "read all boxes, one object at a time"):
        store = ProjectStore.open(path, read_only=True)
        project = store.read_project()
        for track in project.tracks():
            project.predictions(track.track_id)
            getattr(project, "keyframe_block", project.keyframes)(track.track_id)
        getattr(store, "release", lambda _: None)(project)
        store.close()


def edits(path: Path, rows: ROWS) -> None:
    """Make edits of whole tracks, take them back, make them again."""
    from dlst_gui.project import edits, identity_edits  # noqa: PLC0415
    from dlst_gui.project.history import EditHistory  # noqa: PLC0415
    from dlst_gui.project.project import Project  # noqa: PLC0415
    from dlst_gui.project.store import ProjectStore  # noqa: PLC0415

    kinds: dict[str, Callable[[Project], object]] = {
        "delete object": lambda p: edits.remove_track(p, 2),
        "delete from the first frame on": lambda p: edits.end_track_here(p, 2, 1),
        "split": lambda p: identity_edits.split(p, 2, p.video.frame_count // 2),
        "swap": lambda p: identity_edits.swap_from(p, 2, 3, 10),
        "merge": lambda p: identity_edits.merge(p, 2, 3),
        "duplicate": lambda p: identity_edits.duplicate_track(p, 2),
        "remove a manual box (supersedes what follows)": lambda p: edits.remove_keyframe(p, 4, 0),
    }
    with ProjectStore.open(path) as store:
        project = store.read_project()
        history = EditHistory(project, store)
        for name, make in kinds.items():
            with timed(rows, f"{name}: do"):
                history.do(make(project))
            for word, move in (("undo", history.undo), ("redo", history.redo), ("undo again", history.undo)):
                with timed(rows, f"{name}: {word}"):
                    move()
        getattr(store, "release", lambda _: None)(project)


def importing(source: str, objects: int) -> Callable[[Path, ROWS], None]:
    """Add 96,000 boxes of each object; `source` says who gave them."""

    def step(path: Path, rows: ROWS) -> None:
        from dlst_gui.formats.labels.model import (  # noqa: PLC0415
            SOURCES,
            AnnotatedVideo,
            BoxColumns,
            BoxSource,
            LabelSet,
            ObjectTrack,
        )
        from dlst_gui.formats.transfer.import_edit import import_edit  # noqa: PLC0415
        from dlst_gui.project.history import EditHistory  # noqa: PLC0415
        from dlst_gui.project.store import ProjectStore  # noqa: PLC0415
        from tests.large_project import HEIGHT, WIDTH, wandering_boxes  # noqa: PLC0415

        count = 100_000
        video = AnnotatedVideo.whole(
            "v", size=(WIDTH, HEIGHT), frame_count=count, fps=25.0, timestamps_s=np.arange(count) / 25
        )
        frames = np.arange(count, dtype=np.int32)
        frames = frames[(frames < 50_000) | (frames >= 54_000)]
        tracks = []
        for track_id in range(1, objects + 1):
            boxes = wandering_boxes(np.random.default_rng(track_id), count)[frames]
            codes = np.full(len(frames), SOURCES.index(BoxSource(source)), dtype=np.uint8)
            rest = np.zeros(len(frames), np.uint8), np.full(len(frames), 2.0), np.ones(len(frames), np.int32)
            tracks.append(ObjectTrack(track_id, "person", BoxColumns(frames, boxes, codes, *rest)))
        labels = LabelSet(video, tuple(tracks))
        path.unlink(missing_ok=True)
        with ProjectStore.create(path, _empty_video(count)) as store:
            project = store.read_project()
            history = EditHistory(project, store)
            million = f"{objects * len(frames) / 1e6:.1f}"
            with timed(rows, f"import {million} million {source} boxes and write them"):
                edit = import_edit(project, labels, run_id=1)
                getattr(history, "do_long", history.do)(edit)
            with timed(rows, f"import {million} million {source} boxes: undo"):
                history.undo()
            getattr(store, "release", lambda _: None)(project)

    return step


def _empty_video(count: int) -> object:
    from dlst_gui.project.video_identity import VideoIdentity  # noqa: PLC0415

    return VideoIdentity("", count, 640, 360, 1)


STEPS: dict[str, Callable[[Path, ROWS], None]] = {
    "window": window,
    "everything": everything,
    "edits": edits,
    "import-tracked": importing("tracked", 50),
    "import-manual-half": importing("drawn", 5),
    "import-manual": importing("drawn", 50),
}


def main(arguments: list[str]) -> None:
    """Do what is asked for."""
    name, path = arguments
    rows: ROWS = []
    STEPS[name](Path(path), rows)
    sys.stdout.write(json.dumps(rows) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
