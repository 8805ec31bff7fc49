"""A label set as CVAT's label constructor shows it under *Raw*: a JSON list of labels, each with its attributes.

CVAT declares attributes label by label. What is the same for several labels becomes one attribute.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.syntax.json_input import Json, JsonObject, objects_of
from dlst_gui.formats.tools.cvat_attributes import CvatAttribute, as_in_cvat, from_cvat, grouped
from dlst_gui.label_set.incoming import IncomingLabelSet
from dlst_gui.project.attributes import Attribute
from dlst_gui.project.label_set_edits import OfferedLabels


def text_of(offered: OfferedLabels) -> str:
    """The text to paste under *Raw*."""
    labels = [
        {
            "name": label.name,
            "color": label.color,
            "type": "any",
            "attributes": [_written(each) for each in _of_label(offered, label.name)],
        }
        for label in offered.labels
    ]
    return json.dumps(labels, indent=2, ensure_ascii=False) + "\n"


def _of_label(offered: OfferedLabels, label: str) -> list[Attribute]:
    """Those of a label; CVAT takes a name once, so what is said of frames goes before what is said of objects."""
    by_name: dict[str, Attribute] = {}
    for attribute in offered.attributes:
        if attribute.applies_to(label) and (attribute.name not in by_name or attribute.is_of_frames):
            by_name[attribute.name] = attribute
    return list(by_name.values())


def _written(attribute: Attribute) -> dict[str, Json]:
    said = as_in_cvat(attribute)
    return {
        "name": said.name,
        "input_type": said.input_type,
        "mutable": said.is_mutable,
        "values": list(said.values),
        "default_value": said.default,
    }


def read_into(incoming: IncomingLabelSet, path: Path, content: Json) -> None:
    """Take what a file holds."""
    if isinstance(content, dict) and isinstance(content.get("labels"), list):
        content = content["labels"]
    if not isinstance(content, list):
        problem = "expected a label set, CVAT's list of labels, or Label Studio's labelling configuration"
        raise FormatError(path, problem)
    found: list[tuple[str, Attribute]] = []
    for label in objects_of(path, "labels", content):
        name = label.text("name")
        incoming.add_label(name, label.text("color", ""), "", label.place)
        if label.text("type", "any") == "skeleton":
            incoming.note(f"{name!r} is a skeleton in CVAT; here it is drawn as a box.")
        for attribute in label.objects("attributes", may_miss=True):
            found.append((name, _read(attribute)))
    for each in grouped(found, incoming.names):
        incoming.add_attribute(replace(each, attribute_id=incoming.next_id), f"attribute {each.name!r:.60}")


def _read(given: JsonObject) -> Attribute:
    default = given.plain("default_value") if "default_value" in given else ""
    said = CvatAttribute(
        given.text("name"),
        given.text("input_type", "text"),
        given.truth("mutable", default=False),
        tuple(given.all_texts("values")),
        default,
    )
    try:
        return from_cvat(said, 1)
    except ValueError as error:
        raise given.error(str(error)) from error
