"""The receipt beside every export: what it is, where it comes from, and that it was read back.

What is not known is `null`, never left out or guessed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from dlst_gui.exchange.content import ExportContent
from dlst_gui.exchange.made_files import PROGRAM, file_sha256
from dlst_gui.exchange.plan import ExportPlan
from dlst_gui.formats.labels.model import SOURCES, AnnotatedVideo, BoxSource, ObjectTrack
from dlst_gui.formats.labels.tally import Tally
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.transfer.comparison import Comparison
from dlst_gui.formats.transfer.losses import losses
from dlst_gui.formats.transfer.selection import Selection
from dlst_gui.project.rows import Json
from dlst_gui.project.run_facts import RunFacts
from dlst_gui.project.video_identity import VideoIdentity
from dlst_gui.settings.program_version import program_version
from dlst_gui.video.video_source import ShownRange

_PARTS_AT_ONCE = 10_000
_NO_FILES = b"[]\n}"
"""With what a receipt ends in which no file is listed yet."""


@dataclass(frozen=True, slots=True)
class Written:
    """What an export has made: names relative to the folder in which the target lies, with `/` between folders."""

    labels: tuple[str, ...]
    images: tuple[str, ...]
    comparison: Comparison


def write_receipt(
    path: Path, plan: ExportPlan, content: ExportContent, written: Written, tick: Tick = untold
) -> None:
    """Write the receipt into the folder in which everything has been made; raises OSError."""
    receipt: dict[str, Json] = {
        "program": {"name": PROGRAM, "version": program_version()},
        "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "format": _format(plan, content.labels.video),
        "video": _video(content.video, content.labels.video),
        "selection": _selection(content.selection),
        "frames": _frames(content.labels.video),
        "tracks": [_track(track, content.tallies[track.track_id]) for track in content.labels.tracks],
        "boxes": _boxes(content),
        "runs": [
            _run(run_id, boxes, content.runs.get(run_id)) for run_id, boxes in sorted(content.tally.by_run.items())
        ],
        "effort": {**asdict(content.effort), "actions_per_100_frames": content.effort.actions_per_100_frames},
        "read_back": _read_back(written.comparison),
        "not_held": list(losses(content.labels, content.tally, plan.label_format)),
        "files": [],
    }
    # Names of files may hold bytes that are no UTF-8; JSON tells them as escapes.
    is_plain = all(map(_is_text, (*written.labels[:1], *written.images[:1])))
    encoder = json.JSONEncoder(ensure_ascii=not is_plain, indent=1, allow_nan=False)
    with path.open("wb") as file:
        for number, part in enumerate(encoder.iterencode(receipt)):
            if number % _PARTS_AT_ONCE == 0:
                tick(0, 1)
            file.write(part.encode())
        # There may be hundred thousands of files: their list is written as it is made.
        file.seek(-len(_NO_FILES), os.SEEK_END)
        for number, each in enumerate(_files(path.parent, written, tick)):
            text = encoder.encode(each).replace("\n", "\n  ")
            file.write(f"{',' if number else '['}\n  {text}".encode())
        file.write(b"\n ]\n}\n")


def _is_text(name: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in name)


def selection_words(selection: Selection) -> str:
    """What was chosen, as a sentence for people."""
    frames = {
        "all": "all frames",
        "labelled": "frames from an object's first box to its last",
        "human": "frames with a manual box only",
        "reviewed": "frames with a manual or an accepted box only",
    }[selection.frames.value]
    every = "" if selection.every == 1 else f", every {selection.every}th frame of the video"
    kinds = (
        (selection.tracked, "tracked boxes"),
        (selection.lost, "boxes tracked while lost"),
        (selection.interpolated, "interpolated boxes"),
        (selection.occluded, "occluded boxes"),
    )
    without = [name for is_in, name in kinds if not is_in]
    left_out = f", without {', '.join(without)}" if without else ""
    clipped = ", boxes clipped to the image" if selection.clip_to_image else ""
    ids = selection.track_ids
    tracks = "" if ids is None else f", tracks {', '.join(map(str, sorted(ids)))} only"
    return f"{frames}{every}{left_out}{clipped}{tracks}"


def _format(plan: ExportPlan, video: AnnotatedVideo) -> Json:
    options = plan.write_options
    return {
        "name": plan.label_format.name,
        "title": plan.label_format.title,
        "convention": plan.label_format.convention.words(),
        "resolution_px": plan.label_format.resolution_px(video, options),
        **asdict(options),
    }


def _video(identity: VideoIdentity, video: AnnotatedVideo) -> Json:
    return {
        "name": video.name,
        "width": video.width,
        "height": video.height,
        "frame_count": video.frame_count,
        "byte_count": identity.byte_count or None,
        "frames_per_second": video.fps,
        "shown_values": _shown_values(video.shown_range),
        "fingerprints": [
            {"frame_index": each.frame_index, "digest": each.digest} for each in identity.fingerprints
        ],
    }


def _shown_values(shown: ShownRange | None) -> Json:
    """Of pictures with over 8 bits; null for all others."""
    return None if shown is None else {"black": shown.black, "white": shown.white, "choice": shown.choice}


def _selection(selection: Selection) -> Json:
    ids = selection.track_ids
    return {
        "words": selection_words(selection),
        "frames": selection.frames.value,
        "every": selection.every,
        "tracked": selection.tracked,
        "lost": selection.lost,
        "interpolated": selection.interpolated,
        "occluded": selection.occluded,
        "clip_to_image": selection.clip_to_image,
        "track_ids": None if ids is None else [*sorted(ids)],
    }


def _frames(video: AnnotatedVideo) -> Json:
    indices = video.frames.tolist()
    return {"indices": indices, "timestamps_s": [round(video.timestamp_s(index), 6) for index in indices]}


def _track(track: ObjectTrack, tally: Tally) -> Json:
    return {"track_id": track.track_id, "label": track.label, "boxes": tally.boxes}


def _run(run_id: int, boxes: int, facts: RunFacts | None) -> Json:
    return {
        "run_id": run_id,
        "boxes": boxes,
        "program_version": None if facts is None else facts.program_version,
        "system": None if facts is None else facts.system,
        "weights": None if facts is None else facts.weights,
        "weights_sha256": None if facts is None else facts.weights_sha256 or None,
        "guide": None if facts is None else facts.guide or None,
        "guide_sha256": None if facts is None else facts.guide_sha256 or None,
        "seed": None if facts is None else facts.seed,
        "device": None if facts is None else facts.device,
    }


def _boxes(content: ExportContent) -> Json:
    exported = content.tally.by_source
    left_out = {source: count - exported[source] for source, count in content.shown.items()}
    return {
        "exported": content.tally.boxes,
        "exported_by_source": _by_name(exported),
        "left_out": sum(left_out.values()),
        "left_out_by_source": _by_name(left_out),
    }


def _by_name(counts: Mapping[BoxSource, int]) -> Json:
    return {source.value: counts[source] for source in SOURCES if counts.get(source)}


def _read_back(comparison: Comparison) -> Json:
    return {
        "boxes": comparison.box_count,
        "missing": comparison.missing,
        "too_many": comparison.surplus,
        "wrong_visibilities": comparison.wrong_visibilities,
        "largest_difference_px": comparison.largest_difference_px,
    }


def _files(folder: Path, written: Written, tick: Tick) -> Iterator[dict[str, str | None]]:
    """Images without a hash: they are many, and the video has one."""
    for number, name in enumerate(written.labels):
        tick(number, len(written.labels))
        yield {"path": name, "sha256": file_sha256(folder / name, tick)}
    yield from ({"path": name, "sha256": None} for name in written.images)
