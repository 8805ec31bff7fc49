"""What an export is to be: which labels, in which format, to which place, with which images."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path

from dlst_gui.formats.format import Format, WriteOptions
from dlst_gui.formats.transfer.selection import Selection
from dlst_gui.project.findings.review_findings import DEFAULT_RULES, FindingRules


class ImageKind(Enum):
    """How images are written; the value is what is typed on a command line."""

    PNG = "png"
    JPEG = "jpeg"

    @property
    def suffix(self) -> str:
        return ".png" if self is ImageKind.PNG else ".jpg"


@dataclass(frozen=True, slots=True)
class ImageChoice:
    """Exact frames beside the labels.

    Attributes:
        quality: of JPEG, 1 to 100; PNG keeps every pixel as it is.
    """

    kind: ImageKind = ImageKind.PNG
    quality: int = 95

    def __post_init__(self) -> None:
        if not 1 <= self.quality <= 100:
            raise ValueError(f"expected a quality of 1 to 100, got {self.quality}")


@dataclass(frozen=True, slots=True)
class ExportPlan:
    """One export.

    Attributes:
        target: the file, or for a format with several files the folder; `targets` says what is replaced.
        images: None: none.
        is_forced: whether a file may be replaced that this program has not made.
        rules: what counts as a finding of the review, of which the preflight tells.
    """

    label_format: Format
    target: Path
    selection: Selection = field(default_factory=Selection)
    options: WriteOptions = field(default_factory=WriteOptions)
    images: ImageChoice | None = None
    is_forced: bool = False
    rules: FindingRules = DEFAULT_RULES

    @property
    def write_options(self) -> WriteOptions:
        """The options, with the ending of the images that are written."""
        return self.options if self.images is None else replace(self.options, image_suffix=self.images.kind.suffix)

    @property
    def receipt(self) -> Path:
        """Where the receipt goes: beside the target."""
        return self.target.parent / f"{self.target.name}.export.json"
