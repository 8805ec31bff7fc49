"""Which frame an image of a data set is, by its name, and how images of exported frames are named.

Where a folder of images is open, the names of its images say which frame is which. Otherwise the last number of a
name does: it counts from 0, unless the file shows something else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from dlst_gui.formats.errors import FormatError, shortly
from dlst_gui.formats.format import WriteOptions
from dlst_gui.formats.labels.model import NO_FRAME, OTHER_VIDEO, AnnotatedVideo, LabelSet
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.file_parts import FilePart, chosen_part, is_named
from dlst_gui.formats.reading.frame_numbers import frames_of_numbers
from dlst_gui.formats.reading_report import ReadingReport
from dlst_gui.formats.syntax.numbers_out import file_stem

_TIME = re.compile(r"#t=(\d{1,9}(?:\.\d{1,9})?)(?:\.[a-z]\w*)?$", re.IGNORECASE)
"""VoTT's name of a frame: `street.mp4#t=1.04.jpg`."""

_FEWEST = 4
"""Images by which it can be told that they are some of a video's."""

_LAST_NUMBER = re.compile(r"(\d{1,12})$")

# `street.0007.jpg` becomes `street-0007_jpg.rf.<hash>.jpg` in Roboflow's exports.
_ROBOFLOW = re.compile(r"_(?:jpe?g|png|bmp|webp|tiff?)\.rf\.[0-9A-Za-z]+$", re.IGNORECASE)

_VIDEO_SUFFIX = re.compile(r"_(?:mp4|m4v|mov|avi|mkv|webm)$", re.IGNORECASE)

# Label Studio puts eight digits of a hash before the name of each image that is uploaded.
_LABEL_STUDIO = re.compile(r"^[0-9a-f]{8}-")


def image_stem(video: AnnotatedVideo, frame_index: int) -> str:
    """The name of a frame's image without its ending: a folder's own, or the video's and the index from 0."""
    if video.image_names is not None:
        return PurePosixPath(video.image_names[frame_index]).stem
    return f"{file_stem(video.name)}_{frame_index:06d}"


def image_file(video: AnnotatedVideo, frame_index: int, options: WriteOptions) -> str:
    """The file name of a frame's image, as it lies or will lie beside the labels."""
    own = "" if video.image_names is None else PurePosixPath(video.image_names[frame_index]).suffix
    return f"{image_stem(video, frame_index)}{options.image_suffix or own or '.jpg'}"


def exported_image(labels: LabelSet, position: int, options: WriteOptions) -> str:
    """The file name of an exported frame's image, by the frame's position among those exported."""
    return image_file(labels.video, int(labels.video.frames[position]), options)


def frames_of_images(
    path: Path, names: Sequence[str], video: AnnotatedVideo, options: ReadOptions, report: ReadingReport
) -> Mapping[str, int]:
    """The frame index of each image; `NO_FRAME` where the open folder does not have it, or `OTHER_VIDEO`.

    Args:
        path: of the labels, for messages.
        names: of images, or of the files of labels of each, with folders or without.
        video: what is open.
        options: a person's word on where numbers begin.
        report: hears how frames were found.

    Raises:
        FormatError: two images are the same frame, or a name has no number at its end.
    """
    if options.first_frame is None and options.step == 1:
        found = found_in_folder(path, names, video, report, options)
        if found is not None:
            return found
        timed = _found_by_time(path, names, video, options, report)
        if timed is not None:
            return timed
    stems = {name: _stem(name) for name in names}
    numbers = {name: _number(path, name, stem) for name, stem in stems.items()}
    others = _of_other_videos(path, numbers, video, options, report)
    own = {name: number for name, number in numbers.items() if name not in others}
    first = _first_number(stems, own, video, options, report)
    _tell_of_few(own, video, options, report)
    indices = frames_of_numbers(np.array([*numbers.values()], dtype=np.int64), first, options.step).tolist()
    return {name: OTHER_VIDEO if name in others else index for name, index in zip(numbers, indices, strict=True)}


def found_in_folder(
    path: Path,
    names: Sequence[str],
    video: AnnotatedVideo,
    report: ReadingReport,
    options: ReadOptions = AS_THE_FILE_SAYS,
) -> Mapping[str, int] | None:
    """The frame index of each image by its name; None where no folder is open, or it has none of the names.

    Raises:
        FormatError: two images are the same frame.
    """
    if video.image_names is None or not names:
        return None
    known = {PurePosixPath(name).stem.casefold(): index for index, name in enumerate(video.image_names)}
    found = {name: _found(_stem(name), known) for name in names}
    matched = sum(frame != NO_FRAME for frame in found.values())
    if not matched:
        report.assume("No image of the folder has a name that the file has, so frames were counted by number.")
        return None
    report.note(f"Frames were found by the names of their images: {matched:,} of {len(found):,}.")
    others = _of_other_videos(path, found, video, options, report)
    return {name: OTHER_VIDEO if name in others else frame for name, frame in found.items()}


def _found_by_time(
    path: Path, names: Sequence[str], video: AnnotatedVideo, options: ReadOptions, report: ReadingReport
) -> Mapping[str, int] | None:
    """The frame index of each image whose name ends with its seconds, as VoTT names frames of videos."""
    times = [_TIME.search(name) for name in names]
    seconds = np.array([float(found.group(1)) for found in times if found is not None])
    if not names or len(seconds) < len(names):
        return None
    known = video.timestamps_s
    known = np.arange(video.frame_count) / video.fps if known is None else known
    nearest = np.searchsorted((known[1:] + known[:-1]) / 2, seconds)
    beyond = seconds > known[-1] + 1 / video.fps
    indices = np.where(beyond, video.frame_count, nearest).tolist()
    report.assume("Frames were found by the seconds in the names of their images.")
    frames = dict(zip(names, indices, strict=True))
    others = _of_other_videos(path, frames, video, options, report)
    return {name: OTHER_VIDEO if name in others else frame for name, frame in frames.items()}


def frames_covered(frames: Mapping[str, int], video: AnnotatedVideo) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """(n,) those frame indices that are in the video."""
    inside = (frame for frame in frames.values() if 0 <= frame < video.frame_count)
    return np.fromiter(inside, np.int32)


def _stem(name: str) -> str:
    stem = name.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return _ROBOFLOW.sub("", stem)


def _found(stem: str, known: Mapping[str, int]) -> int:
    for each in (stem, _LABEL_STUDIO.sub("", stem)):
        frame = known.get(each.casefold())
        if frame is not None:
            return frame
    return NO_FRAME


def _number(path: Path, name: str, stem: str) -> int:
    found = _LAST_NUMBER.search(stem)
    if found is None:
        problem = f"expected image names that end with the frame's number, got {shortly(name)}"
        raise FormatError(path, f"{problem}; open the folder of these images in place of the video")
    return int(found.group(1))


def _of_other_videos(
    path: Path,
    frames: Mapping[str, int],
    video: AnnotatedVideo,
    options: ReadOptions,
    report: ReadingReport,
) -> frozenset[str]:
    """Images of other videos: folders, or what names begin with, tell them apart.

    Raises:
        FormatError: two images of one video are the same frame, or nothing decides which video it is.
    """
    folders = {name: name.replace("\\", "/").rpartition("/")[0] for name in frames}
    beginnings = {name: _beginning(name) for name in frames}
    known = [frame for frame in frames.values() if frame != NO_FRAME]
    if len(set(known)) == len(known):
        parts = {beginning.casefold(): _named_part(beginning) for beginning in beginnings.values()}
        asked = video.name if options.part is None else options.part
        own = [key for key, part in parts.items() if is_named(part, asked)]
        if len(parts) == 1 or len(own) != 1:
            return frozenset()
        report.assume(f"Images whose names do not begin with {shortly(asked)} are of other videos.")
        return frozenset(name for name, beginning in beginnings.items() if beginning.casefold() != own[0])
    both = {name: f"{folders[name]}/{beginnings[name]}" for name in frames}
    for groups in (folders, beginnings, both):
        clash = _clash(frames, groups)
        if clash is None:
            keys = dict.fromkeys(groups.values())
            named = [
                _named_part(key) if groups is beginnings else FilePart(key, (key, *key.split("/"))) for key in keys
            ]
            chosen = chosen_part(path, named, video, options, report)
            return frozenset(name for name, group in groups.items() if group != chosen.key)
    one, other = clash or ("", "")
    problem = f"{shortly(one)} and {shortly(other)} are the same frame: give one video's labels at a time"
    raise FormatError(path, problem)


def _clash(frames: Mapping[str, int], groups: Mapping[str, str]) -> tuple[str, str] | None:
    """Two images of one group that are the same frame."""
    seen: dict[tuple[str, int], str] = {}
    for name, frame in frames.items():
        other = seen.setdefault((groups[name], frame), name)
        if other != name and frame != NO_FRAME:
            return other, name
    return None


def _beginning(name: str) -> str:
    """What stands before the number at the end of an image's name."""
    if _TIME.search(name):
        return _stem(_TIME.sub("", name))
    return _LAST_NUMBER.sub("", _LABEL_STUDIO.sub("", _stem(name))).rstrip("_-. ")


def _named_part(beginning: str) -> FilePart:
    """A video that is named as its images begin; `clip_mp4-0007` is of clip.mp4."""
    return FilePart(beginning, (beginning, _VIDEO_SUFFIX.sub("", beginning)))


def _tell_of_few(
    numbers: Mapping[str, int], video: AnnotatedVideo, options: ReadOptions, report: ReadingReport
) -> None:
    """Say so where images that are numbered one after the other could be every n-th frame of the whole video."""
    count = len(numbers)
    step = round(video.frame_count / count) if count >= _FEWEST else 1
    if step < 2 or options.step != 1 or max(numbers.values()) - min(numbers.values()) != count - 1:
        return
    if min(numbers.values()) <= 1 and abs(video.frame_count / step - count) <= 1:
        report.assume(
            f"The file has {count:,} images that are numbered one after the other, and the video "
            f"{video.frame_count:,} frames; they were taken for the first ones. If they are every {step}th frame, "
            f"say that they are {step} frames apart."
        )


def _first_number(
    stems: Mapping[str, str],
    numbers: Mapping[str, int],
    video: AnnotatedVideo,
    options: ReadOptions,
    report: ReadingReport,
) -> int:
    """The number of the video's first frame."""
    if options.first_frame is not None:
        return options.first_frame
    if not numbers or min(numbers.values()) == 0:
        return 0
    if max(numbers.values()) == video.frame_count and options.step == 1:
        report.assume(
            f"Images are numbered from 1, because there is a number {video.frame_count} and no number 0."
        )
        return 1
    beginnings = {video.name}
    lengths = {len(str(number)) for number in numbers.values()}
    if len(lengths) > 1 and all(name.endswith(".txt") for name in numbers):
        beginnings.add(_beginning(next(iter(numbers))))  # of a video that was renamed
    if any(all(stems[name] == f"{each}_{number}" for name, number in numbers.items()) for each in beginnings):
        report.assume(
            "Images are numbered from 1: their numbers have no leading zeros after the video's name, "
            "as Ultralytics writes them, and none is 0."
        )
        return 1
    report.assume(
        "Images were counted from 0, although none has the number 0 to show it. "
        "If they count from another number, say which one is the first frame's."
    )
    return 0
