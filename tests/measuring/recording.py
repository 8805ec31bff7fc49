"""What trackers saw on every frame of a run, kept in one `.npz`, so that rules are tried without tracking again.

Arrays have one row per tracked frame; those of candidates are joined, and `counts` says how many belong to each.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from dlst_gui.tracking.tracker_factory import TrackerSettings, make_tracker
from dlst_gui.video import VideoSource, open_source
from tracker_core import (
    Box,
    CandidateOrigin,
    Candidates,
    Diagnostics,
    DrawingCenter,
    RatedProposals,
    ResponseMap,
    Speed,
    TrackResult,
)
from tracker_core.evidence import past_frame

NO_BOX = (np.nan,) * 4
NO_PROPOSALS = RatedProposals(np.empty(0, np.int64), np.empty(0, np.float32), np.empty(0, np.float32))
SHIFT = 0.2  # sides; of a perturbed first box
GROWTH = 1.2


@dataclass(frozen=True)
class Start:
    """How a run differs from the plain one: every `stride`-th frame, and the first box moved and grown."""

    stride: int = 1
    is_perturbed: bool = False

    @property
    def name(self) -> str:
        return f"every{self.stride}{'-perturbed' if self.is_perturbed else ''}"

    @property
    def words(self) -> str:
        """After a system's name in a table."""
        every = f", one frame of {self.stride}" if self.stride > 1 else ""
        return every + (", first box off" if self.is_perturbed else "")

    def first_box(self, box: Box) -> Box:
        if not self.is_perturbed:
            return box
        moved = box.shifted(SHIFT * box.width, SHIFT * box.height)
        return moved.resized(GROWTH * box.width, GROWTH * box.height)


@dataclass(frozen=True)
class Run:
    """One run over one sequence; `path` is where it is kept."""

    sequence: Path
    settings: TrackerSettings
    start: Start
    folder: Path

    @property
    def name(self) -> str:
        return self.sequence.stem

    @property
    def system(self) -> str:
        """As tables name it: "dlst-studio fast", "dlst exact, one frame of 3"."""
        return f"{self.settings.preset} {self.settings.speed}{self.start.words}"

    @property
    def path(self) -> Path:
        system = f"{self.settings.preset}-{self.settings.speed}-{self.settings.seed}"
        return self.folder / system / self.start.name / f"{self.name}.npz"


def parser_of_runs(description: str | None) -> argparse.ArgumentParser:
    """Which runs, and where their recordings are; the same for all that is measured on them."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("sequences", type=Path, nargs="+", help="folders or videos with ground truth")
    parser.add_argument("--preset", default="dlst-studio,dlst")
    parser.add_argument("--speed", default="fast,exact")
    parser.add_argument("--seeds", type=int, default=3, help="seeds 0, 1, ... (default: 3)")
    parser.add_argument("--every", type=int, nargs="*", default=[], metavar="K", help="also every K-th frame")
    parser.add_argument("--perturbed", action="store_true", help="also from a first box that does not fit")
    parser.add_argument("--recorded", action="store_true", help="count what is kept, without tracking")
    parser.add_argument("--out", type=Path, required=True, help="folder for recordings and tables")
    return parser


def recorded_runs(options: argparse.Namespace) -> Iterator[Run]:
    """All runs that `parser_of_runs` names and that are kept, after tracking those that are not."""
    starts = [Start(), *(Start(stride) for stride in options.every)]
    if options.perturbed:
        starts.append(Start(is_perturbed=True))
    for start in starts:
        for preset in options.preset.split(","):
            for speed in options.speed.split(","):
                for seed in range(options.seeds):
                    settings = TrackerSettings(preset=preset, speed=cast("Speed", speed), seed=seed, threads=1)
                    for sequence in options.sequences:
                        run = Run(sequence, settings, start, options.out)
                        if not options.recorded:
                            record(run)
                        if run.path.exists():
                            yield run


@dataclass(frozen=True)
class RecordedFrame:
    """One frame as it was kept. `truth` is None where there is none."""

    frame_index: int
    result: TrackResult
    truth: Box | None


@dataclass(frozen=True)
class Recording:
    """All frames of a run after the first one."""

    first_frame: int
    first_box: Box
    frame_size: tuple[int, int]
    frames: tuple[RecordedFrame, ...]


def record(run: Run) -> None:
    """Track and keep what was seen, if it is not there yet."""
    if run.path.exists():
        return
    source = open_source(run.sequence)
    try:
        rows = _tracked(source, run)
    finally:
        source.close()
    run.path.parent.mkdir(parents=True, exist_ok=True)
    staged = run.path.with_suffix(".part.npz")
    np.savez_compressed(staged, **rows)
    staged.rename(run.path)


def _tracked(source: VideoSource, run: Run) -> dict[str, NDArray[np.generic]]:
    truth = source.ground_truth or ()
    indices = [index for index in range(0, len(truth), run.start.stride) if truth[index] is not None]
    first = truth[indices[0]]
    assert first is not None
    first = run.start.first_box(first)
    tracker = make_tracker(run.settings)
    tracker.initialize(source.read(indices[0]), first)
    rows: dict[str, list[object]] = {}
    for index in range(indices[0] + run.start.stride, source.frame_count, run.start.stride):
        result = tracker.track(source.read(index), with_diagnostics=True)
        true_box = truth[index] if index < len(truth) else None
        for name, value in _row(index, result, true_box).items():
            rows.setdefault(name, []).append(value)
    joined = {name: _stacked(name, values) for name, values in rows.items()}
    return {
        **joined,
        "first_frame": np.array(indices[0]),
        "first_box": first.xywh,
        "frame_size": np.array([source.width, source.height]),
    }


def _row(index: int, result: TrackResult, truth: Box | None) -> dict[str, object]:
    seen = result.diagnostics
    assert seen is not None
    found, response = seen.candidates, seen.response_map
    rated = seen.proposals or NO_PROPOSALS
    return {
        "frame_index": index,
        "box": result.box.xywh,
        "score": result.score,
        "is_found": result.is_found,
        "truth": _numbers(truth),
        "is_learned": past_frame(index, result).is_learned,
        "previous_box": seen.previous_box.xywh,
        "search_region": _numbers(seen.search_region),
        "extent": _numbers(None if response is None else response.extent),
        "response": np.zeros((0, 0), np.float16) if response is None else response.values.astype(np.float16),
        "localized_box": _numbers(seen.localized_box),
        "chosen_box": seen.chosen_box.xywh,
        "regressed_box": _numbers(seen.regressed_box),
        "matched_box": _numbers(seen.matched_box),
        "matched_confidence": seen.matched_confidence,
        "counts": len(found.scores),
        "best_counts": len(found.best),
        "candidate_boxes": found.boxes_xywh.astype(np.float32),
        "origins": found.origins,
        "candidate_scores": found.scores,
        "is_exact": found.is_exact,
        "best": found.best,
        "proposal_counts": len(rated.rows),
        "proposal_rows": rated.rows,
        "confidences": rated.confidences,
        "ratings": rated.ratings,
        "center_counts": len(seen.centers),
        "center_origins": np.array([each.origin for each in seen.centers], np.uint8),
        "center_boxes": np.array([each.box.xywh for each in seen.centers], np.float64).reshape(-1, 4),
        "center_draws": np.array([each.count for each in seen.centers], np.int64),
        "translations": np.array([each.translation for each in seen.centers], np.float64),
    }


_JOINED = (
    "candidate_boxes",
    "origins",
    "candidate_scores",
    "is_exact",
    "best",
    "proposal_rows",
    "confidences",
    "ratings",
    "center_origins",
    "center_boxes",
    "center_draws",
    "translations",
)


def _stacked(name: str, values: Sequence[object]) -> NDArray[np.generic]:
    return np.concatenate(values) if name in _JOINED else np.stack([np.asarray(value) for value in values])


def _numbers(box: Box | None) -> Sequence[float] | NDArray[np.float64]:
    return NO_BOX if box is None else box.xywh


def read(path: Path) -> Recording:
    with np.load(path) as file:
        rows = {name: file[name] for name in file.files}
    width, height = rows["frame_size"].tolist()
    first_frame = int(rows["first_frame"]) if "first_frame" in rows else 0
    return Recording(first_frame, Box.from_xywh(rows["first_box"]), (width, height), tuple(_frames(rows)))


def _frames(rows: dict[str, NDArray[np.generic]]) -> Iterator[RecordedFrame]:
    candidates_of, best_of, proposals_of, centers_of = (
        _parts(rows[name]) for name in ("counts", "best_counts", "proposal_counts", "center_counts")
    )
    for row in range(len(rows["counts"])):
        part, rated = candidates_of[row], proposals_of[row]
        candidates = Candidates(
            rows["candidate_boxes"][part].astype(np.float64),
            rows["origins"][part],
            rows["candidate_scores"][part],
            rows["best"][best_of[row]],
            rows["is_exact"][part],
        )
        proposals = RatedProposals(
            rows["proposal_rows"][rated], rows["confidences"][rated], rows["ratings"][rated]
        )
        extent = _box(rows["extent"][row])
        response = None
        if extent is not None:
            response = ResponseMap(rows["response"][row].astype(np.float32), extent)
        is_learned = bool(rows["is_learned"][row])
        seen = Diagnostics(
            previous_box=Box.from_xywh(rows["previous_box"][row]),
            search_region=_box(rows["search_region"][row]),
            response_map=response,
            localized_box=_box(rows["localized_box"][row]),
            candidates=candidates,
            chosen_box=Box.from_xywh(rows["chosen_box"][row]),
            regressed_box=_box(rows["regressed_box"][row]),
            stage_ms=(("collect", 0.0),) if is_learned else (),
            matched_box=_box(rows["matched_box"][row]),
            matched_confidence=float(rows["matched_confidence"][row]),
            proposals=proposals if len(proposals.rows) else None,
            centers=tuple(_centers(rows, centers_of[row])),
        )
        result = TrackResult(
            Box.from_xywh(rows["box"][row]), float(rows["score"][row]), bool(rows["is_found"][row]), seen
        )
        yield RecordedFrame(int(rows["frame_index"][row]), result, _box(rows["truth"][row]))


def _centers(rows: dict[str, NDArray[np.generic]], part: slice) -> Iterator[DrawingCenter]:
    names = ("center_origins", "center_boxes", "center_draws", "translations")
    for origin, box, draws, translation in zip(*(rows[name][part] for name in names), strict=True):
        yield DrawingCenter(CandidateOrigin(int(origin)), Box.from_xywh(box), int(draws), float(translation))


def _parts(counts: NDArray[np.generic]) -> list[slice]:
    """Where each frame's rows are among the joined ones."""
    ends = np.cumsum(counts).tolist()
    return [slice(end - count, end) for end, count in zip(ends, counts.tolist(), strict=True)]


def _box(numbers: NDArray[np.generic]) -> Box | None:
    return None if np.isnan(numbers).any() else Box.from_xywh(numbers)
