"""The sequences of a benchmark: what OPE tracks, from which frame, against which boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.running.failures import reason
from dlst_gui.commands.sequence_runs.other_layouts import ApartSequence, apart_sequences
from dlst_gui.video import VideoError, open_source
from dlst_gui.video.ground_truth import Boxes, boxes_from_rows, read_rows
from tracker_core import Box

ONE_OF_SEVERAL_TARGETS: Mapping[str, int] = MappingProxyType({"Human4": 2})
"""OTB folders with several targets of which the benchmark uses one. Source: the toolkit's sequence list."""

FIRST_FRAME: Mapping[str, int] = MappingProxyType({"Tiger1": 5})
"""OTB sequences that start later than their first row, 0-based. Source: the toolkit's sequence list.

The other windows need no entry: the rows of Diving, Football1, Freeman3 and Freeman4 end where the window does,
and those of David are matched to their images by `sequence_folder`.
"""


@dataclass(frozen=True, slots=True)
class BenchmarkSequence:
    """One target in one sequence.

    Attributes:
        name: unique among the sequences of an evaluation; the folder's, with -1, -2 for several targets.
        path: what `open_source` takes.
        first_frame: index of the frame that `ground_truth` starts with.
        ground_truth: one entry per evaluated frame; the first one is a box.
        frame_size: width and height.
        start_box: where a tracker is begun with another box than the true one.
        part_of: name of the sequence that this is a part of; "" where it is whole.
    """

    name: str
    path: Path
    first_frame: int
    ground_truth: Boxes
    frame_size: tuple[int, int]
    start_box: Box | None = None
    part_of: str = ""

    @property
    def first_box(self) -> Box:
        box = self.start_box or self.ground_truth[0]
        assert box is not None
        return box

    @property
    def frame_count(self) -> int:
        return len(self.ground_truth)

    @property
    def last_frame(self) -> int:
        return self.first_frame + self.frame_count - 1


@dataclass(frozen=True, slots=True)
class UnreadableSequence:
    """A folder with ground truth that cannot be tracked, and why in one line."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class FoundSequences:
    """What folders hold: sequences, at least one, and what looks like some but cannot be read."""

    sequences: tuple[BenchmarkSequence, ...]
    unreadable: tuple[UnreadableSequence, ...] = ()


def find_sequences(folders: Sequence[Path], names: Sequence[str] | None) -> FoundSequences:
    """All sequences in the folders (each a sequence itself, or a folder of sequences), by name.

    Raises:
        CommandError: no such folder, nothing in it that can be read, a name that is not there or is there twice.
    """
    there = [place for folder in folders for place in _places(folder)]
    chosen = there
    if names is not None:
        wanted = {name.lower() for name in names}
        # Jogging-2 is found in the folder Jogging.
        chosen = [place for place in there if any(name.startswith(place.name.lower()) for name in wanted)]
    found: list[BenchmarkSequence] = []
    unreadable: list[UnreadableSequence] = []
    for place in chosen:
        try:
            found.extend(_read_apart(place) if isinstance(place, ApartSequence) else read_sequence(place))
        except (CommandError, VideoError) as error:
            unreadable.append(UnreadableSequence(place.name, reason(error)))
    if names is not None:
        all_names = sorted({place.name for place in there})
        found = _chosen(found, names, all_names, [sequence.name.lower() for sequence in unreadable])
    if unreadable and not found:
        raise CommandError(unreadable[0].reason)
    seen: set[str] = set()
    for sequence in found:
        if sequence.name in seen:
            raise CommandError(f"{sequence.path}: a sequence named {sequence.name} was found before; rename one")
        seen.add(sequence.name)
    return FoundSequences(tuple(found), tuple(unreadable))


def _places(folder: Path) -> Sequence[Path | ApartSequence]:
    """Folders of sequences, or what lies apart."""
    if not folder.is_dir():
        raise CommandError(f"{folder} is not a folder; give a sequence folder, or a folder of them")
    return apart_sequences(folder.resolve()) or _sequence_folders(folder)


def _read_apart(place: ApartSequence) -> tuple[BenchmarkSequence, ...]:
    boxes, size = place.read()
    if not boxes or boxes[0] is None:
        raise CommandError(f"{place.truth_file} has no box for the first frame")
    return (BenchmarkSequence(place.name, place.images, place.first_frame, boxes, size),)


def _sequence_folders(folder: Path) -> list[Path]:
    if _has_ground_truth(folder):
        return [folder.resolve()]
    inner = sorted(path for path in folder.iterdir() if path.is_dir() and _has_ground_truth(path))
    if not inner:
        raise CommandError(f"{folder} holds no sequence: neither it nor a folder in it has a groundtruth*.txt")
    return inner


def _has_ground_truth(folder: Path) -> bool:
    return any(folder.glob("groundtruth*.txt"))


def _chosen(
    found: Sequence[BenchmarkSequence], names: Sequence[str], there: Sequence[str], unreadable: Sequence[str]
) -> list[BenchmarkSequence]:
    """The named ones in the order of the names; a folder's name stands for all its targets."""
    chosen = []
    for name in names:
        matches = [
            sequence for sequence in found if name.lower() in (sequence.name.lower(), sequence.path.name.lower())
        ]
        if not matches and name.lower() not in unreadable:
            raise CommandError(f"no sequence is named {name}; there are {', '.join(there)}")
        chosen.extend(matches)
    return chosen


def read_sequence(path: Path) -> tuple[BenchmarkSequence, ...]:
    """One sequence per target of a folder.

    Raises:
        CommandError: the folder has no ground truth that can be used.
        VideoError: its frames cannot be read.
    """
    with open_source(path) as source:
        frame_count, shown_truth, notice = source.frame_count, source.ground_truth, source.notice
        size = (source.width, source.height)
    targets = _otb_targets(path)
    if not targets:
        if shown_truth is None:
            raise CommandError(f"{path} has no ground truth that can be used ({notice})")
        return (_sequence(path.name, path, shown_truth, size),)
    # An OTB file counts as annotated what it has rows for, be they valid or not.
    boxes = {
        name: boxes_from_rows(rows, min(len(rows), frame_count), origin=1)
        for name, rows in ((name, read_rows(file)) for name, file in targets.items())
    }
    return tuple(_sequence(name, path, truth, size) for name, truth in boxes.items())


def _otb_targets(path: Path) -> Mapping[str, Path]:
    """Ground truth files by sequence name; none for a folder of another benchmark."""
    single = path / "groundtruth_rect.txt"
    if single.is_file():
        return {path.name: single}
    several = sorted(path.glob("groundtruth_rect.[0-9].txt"))
    chosen = ONE_OF_SEVERAL_TARGETS.get(path.name)
    if chosen is not None and len(several) >= chosen:
        return {path.name: several[chosen - 1]}
    return {f"{path.name}-{number}": file for number, file in enumerate(several, start=1)}


def _sequence(name: str, path: Path, truth: Boxes, size: tuple[int, int]) -> BenchmarkSequence:
    first = FIRST_FRAME.get(name, 0)
    truth = truth[first:]
    if not truth or truth[0] is None:
        raise CommandError(f"{path}: the ground truth of {name} has no box for its first frame, {first}")
    return BenchmarkSequence(name, path, first, truth, size)
