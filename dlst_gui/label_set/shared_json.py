"""A label set as the program's own JSON: small, for people to read and to keep beside their code."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.own.attribute_json import attribute_json, attribute_of
from dlst_gui.formats.syntax.json_input import Json, JsonObject
from dlst_gui.label_set.incoming import IncomingLabelSet
from dlst_gui.project.label_set_edits import OfferedLabels

FORMAT = "dlst-studio label set"
VERSION = 1


def text_of(offered: OfferedLabels) -> str:
    """The file's content, a line for each label and attribute."""
    labels = ({"name": each.name, "color": each.color, "hotkey": each.hotkey} for each in offered.labels)
    plain = [{name: value for name, value in each.items() if value} for each in labels]
    lists: dict[str, Sequence[Mapping[str, object]]] = {
        "labels": plain,
        "attributes": [attribute_json(each) for each in offered.attributes],
    }
    parts = [f'  "format": {json.dumps(FORMAT)},\n  "version": {VERSION}']
    for name, records in lists.items():
        lines = ",\n".join(f"    {json.dumps(each, ensure_ascii=False)}" for each in records)
        parts.append(f'  "{name}": [\n{lines}\n  ]' if lines else f'  "{name}": []')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def read_into(incoming: IncomingLabelSet, path: Path, content: Json) -> None:
    """Take what a file holds."""
    whole = JsonObject(path, "top level", content)
    if whole.whole("version") > VERSION:
        raise FormatError(path, "it was made by a newer version of DLST Studio; update the program")
    for label in whole.objects("labels", may_miss=True):
        incoming.add_label(label.text("name"), label.text("color", ""), label.text("hotkey", ""), label.place)
    for attribute in whole.objects("attributes", may_miss=True):
        incoming.add_attribute(attribute_of(attribute, incoming.next_id), attribute.place)
