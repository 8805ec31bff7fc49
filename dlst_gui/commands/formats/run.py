"""The label formats as a table of their conventions."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from dlst_gui.commands.formats.command import FormatsOptions
from dlst_gui.commands.running.terminal import answer, answer_json
from dlst_gui.formats.format import Capabilities, Format, LabelReader
from dlst_gui.formats.registry import READERS

if TYPE_CHECKING:
    from tracker_core.evaluation.report import JsonValue

_WIDTH = 110


def run_formats(options: FormatsOptions) -> int:
    """Print the table of conventions; returns the exit status."""
    if options.json:
        answer_json({"formats": [_object(each) for each in READERS]})
    else:
        answer("\n".join(_lines(each) for each in READERS))
    return 0


def _lines(label_format: LabelReader) -> str:
    indent = " " * 14
    if not isinstance(label_format, Format):
        words = label_format.convention.words()
        wrapped_words = textwrap.fill(words, _WIDTH, initial_indent=indent, subsequent_indent=indent)
        return f"{label_format.name:<14}{label_format.title} (read only)\n{wrapped_words}"
    kind = f"{label_format.suffix} file" if label_format.suffix else "folder"
    images = ", images where wanted" if label_format.wants_images else ""
    texts = (label_format.convention.words(), f"holds: {_held(label_format.can_hold)}")
    wrapped = (textwrap.fill(text, _WIDTH, initial_indent=indent, subsequent_indent=indent) for text in texts)
    return "\n".join([f"{label_format.name:<14}{label_format.title} ({kind}{images})", *wrapped])


def _held(can_hold: Capabilities) -> str:
    """What a format keeps besides boxes, in words."""
    words = (
        (can_hold.labels, "labels"),
        (can_hold.absence, "absence"),
        (can_hold.occlusion, "occlusion"),
        (can_hold.sub_pixel, "fractions of a pixel"),
        (can_hold.scores, "scores"),
        (can_hold.keyframes, "which boxes are keyframes"),
        (can_hold.sources, "where boxes come from"),
        (can_hold.attributes, "attributes"),
        (can_hold.shapes, f"shapes ({', '.join(sorted(can_hold.shapes))})"),
        (can_hold.classes, f"{len(can_hold.classes)} labels of its own"),
    )
    return ", ".join([can_hold.identity.value, *(word for is_held, word in words if is_held)])


def _object(label_format: LabelReader) -> Mapping[str, JsonValue]:
    convention = label_format.convention
    known: Mapping[str, JsonValue] = {
        "name": label_format.name,
        "title": label_format.title,
        "is_written": isinstance(label_format, Format),
        "first_pixel": convention.first_pixel,
        "box": convention.shape.value,
        "unit": convention.unit.value,
        "frames": convention.frames,
        "absent": convention.absent,
        "precision": convention.precision,
        "convention": convention.words(),
    }
    if not isinstance(label_format, Format):
        return known
    held: Mapping[str, JsonValue] = {
        **asdict(label_format.can_hold),
        "shapes": sorted(label_format.can_hold.shapes),
        "classes": sorted(label_format.can_hold.classes),
        "identity": label_format.can_hold.identity.value,
    }
    return {
        **known,
        "suffix": label_format.suffix,
        "is_folder": label_format.is_folder,
        "wants_images": label_format.wants_images,
        "holds": held,
    }
