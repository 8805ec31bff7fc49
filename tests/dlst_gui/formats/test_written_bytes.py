"""Every format and option: the bytes of a file are those that were checked with other readers.

`written_bytes.json` holds their hashes; `python -m tests.dlst_gui.formats.test_written_bytes` writes it anew after
a change that is meant to change files.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from dlst_gui.formats.format import Format, WriteOptions
from dlst_gui.formats.labels.model import (
    AnnotatedVideo,
    BoxColumns,
    BoxSource,
    Gaps,
    LabelledBox,
    LabelSet,
    ObjectTrack,
)
from dlst_gui.formats.registry import FORMATS
from dlst_gui.project.tracks import Visibility
from tests.dlst_gui.formats.made_labels import NAMES
from tracker_core import Box

KNOWN = Path(__file__).with_name("written_bytes.json")
SEEDS = range(4)
OPTIONS = (
    WriteOptions(),
    WriteOptions(sub_pixel=False, image_suffix=".png", track_ids=True),
)
FRAME_COUNT = 240


def random_labels(seed: int) -> LabelSet:
    """Tracks of every kind, on all frames or on some: gaps, occlusion, outside, attributes, odd numbers."""
    chance = random.Random(seed)
    every = chance.choice([1, 1, 3])
    frames = np.arange(chance.choice([0, 0, 5]), FRAME_COUNT, every, dtype=np.int32)
    times = np.cumsum([chance.uniform(0.01, 0.07) for _ in range(FRAME_COUNT)]) if seed % 2 else None
    video = AnnotatedVideo("Straße 7 – clip", 640, 480, FRAME_COUNT, 29.97, times, frames)
    tracks = tuple(
        ObjectTrack(
            number * (seed % 3 + 1),
            chance.choice(NAMES),
            BoxColumns.of(_boxes(chance, frames.tolist())),
            chance.choice(["", "#00ff7f"]),
            chance.choice([{}, {"size & <kind>": 'so "big"'}]),
        )
        for number in range(1, 6)
    )
    return LabelSet(video, tracks, chance.choice([Gaps.ABSENT, Gaps.UNSAID]))


def _boxes(chance: random.Random, frames: list[int]) -> Iterator[LabelledBox]:
    first, last = sorted(chance.sample(range(len(frames)), 2))
    is_whole = chance.random() < 0.3
    was_here = False
    box = Box(1, 2, 3, 4)
    for index in frames[first : last + 1]:
        state = chance.choices(["here", "occluded", "gap", "outside"], [30, 5, 1, 1])[0]
        if state in {"here", "occluded"}:
            source = chance.choice([BoxSource.DRAWN, BoxSource.INTERPOLATED, BoxSource.TRACKED, BoxSource.FUSED])
            box = _moved(chance, box, is_line=source is BoxSource.INTERPOLATED, is_whole=is_whole)
            is_tracked = source in {BoxSource.TRACKED, BoxSource.FUSED}
            yield LabelledBox(
                index,
                box,
                source,
                Visibility.OCCLUDED if state == "occluded" else Visibility.VISIBLE,
                chance.uniform(-4, 4) if is_tracked else math.nan,
                chance.randint(1, 9) if is_tracked else 0,
                MappingProxyType({"note": "a < b\nc"}) if chance.random() < 0.02 else {},
            )
        elif state == "outside" and was_here:
            yield LabelledBox(index, box, BoxSource.DRAWN, Visibility.OUTSIDE)
        was_here = state in {"here", "occluded"}


def _moved(chance: random.Random, box: Box, *, is_line: bool, is_whole: bool) -> Box:
    if is_line:
        return Box(box.x + 1, box.y, box.width, box.height) if chance.random() < 0.5 else box
    if is_whole:
        return Box(*(float(chance.randint(1, 400)) for _ in range(4)))
    odd = [chance.uniform(0.01, 400), chance.randint(0, 10**6) / 20000, chance.randint(1, 800) / 2, 0.00004, 1e-9]
    low = [chance.uniform(-30, 600), -0.00004, 0.0, -0.5, *odd]
    return Box(chance.choice(low), chance.choice(low), chance.choice(odd), chance.choice(odd))


def digests(label_format: Format) -> Iterator[tuple[str, str]]:
    """What a format writes of all labels with all options, as one hash each."""
    for seed in SEEDS:
        for number, options in enumerate(OPTIONS):
            with tempfile.TemporaryDirectory() as name:
                target = Path(name) / f"labels{label_format.suffix}"
                label_format.write(random_labels(seed), target, options)
                yield f"{label_format.name} {seed} {number}", _digest(Path(name))


def _digest(folder: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        found.update(f"{path.relative_to(folder).as_posix()}\0{path.stat().st_size}\0".encode())
        found.update(path.read_bytes())
    return found.hexdigest()[:32]


@pytest.mark.parametrize("label_format", FORMATS, ids=lambda each: each.name)
def test_writer_when_labels_have_everything_then_not_a_byte_is_another(label_format: Format) -> None:
    known = json.loads(KNOWN.read_text(encoding="utf-8"))
    written = dict(digests(label_format))
    assert written == {name: known[name] for name in written}


if __name__ == "__main__":
    found = dict(pair for each in FORMATS for pair in digests(each))
    KNOWN.write_text(f"{json.dumps(found, indent=0)}\n", encoding="utf-8")
