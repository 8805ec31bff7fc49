"""Files of label sets: our own JSON, CVAT's label constructor, Label Studio's labelling configuration."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from dlst_gui.files import replaced_whole
from dlst_gui.formats.syntax.json_input import Json, parsed
from dlst_gui.formats.syntax.text_input import whole_text
from dlst_gui.label_set import cvat_labels, label_studio_config, shared_json
from dlst_gui.label_set.incoming import IncomingLabelSet
from dlst_gui.project.label_set_edits import OfferedLabels


class LabelSetFormat(Enum):
    """The formats there are; the value is their name on the command line."""

    SHARED = "json"
    CVAT = "cvat"
    LABEL_STUDIO = "label-studio"

    @property
    def title(self) -> str:
        """For people."""
        return _TITLES[self]

    @property
    def suffix(self) -> str:
        """Of its files."""
        return ".xml" if self is LabelSetFormat.LABEL_STUDIO else ".json"


_TITLES = {
    LabelSetFormat.SHARED: "Label set",
    LabelSetFormat.CVAT: "CVAT labels (Raw)",
    LabelSetFormat.LABEL_STUDIO: "Label Studio labelling interface",
}


@dataclass(frozen=True, slots=True)
class ReadLabelSet:
    """What a file holds.

    Attributes:
        notices: what could not be taken over as it is, a sentence each.
    """

    offered: OfferedLabels
    label_set_format: LabelSetFormat
    notices: tuple[str, ...]


def read_label_set(path: Path) -> ReadLabelSet:
    """Read a label set, of which format its content decides; FormatError for everything that is wrong with it."""
    text = whole_text(path)
    incoming = IncomingLabelSet(path)
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        found = LabelSetFormat.LABEL_STUDIO
        label_studio_config.read_into(incoming, path)
    else:
        content = parsed(path, text.removeprefix("\ufeff"))
        found = LabelSetFormat.SHARED if _is_shared(content) else LabelSetFormat.CVAT
        reader = shared_json if found is LabelSetFormat.SHARED else cvat_labels
        reader.read_into(incoming, path, content)
    return ReadLabelSet(incoming.offered(), found, incoming.notices)


def write_label_set(offered: OfferedLabels, path: Path, label_set_format: LabelSetFormat) -> None:
    """Write a label set in place of what is at `path`; OSError where the disk refuses."""
    texts = {
        LabelSetFormat.SHARED: shared_json.text_of,
        LabelSetFormat.CVAT: cvat_labels.text_of,
        LabelSetFormat.LABEL_STUDIO: label_studio_config.text_of,
    }
    text = texts[label_set_format](offered)
    with replaced_whole(path) as new, new.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)


def _is_shared(content: Json) -> bool:
    return isinstance(content, dict) and content.get("format") == shared_json.FORMAT
