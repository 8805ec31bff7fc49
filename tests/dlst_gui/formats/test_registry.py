"""The list of formats, and that the document tells all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.registry import FORMATS, detected, format_named, read_labels
from tests.dlst_gui.formats.made_labels import VIDEO

DOCUMENT = Path(__file__).resolve().parents[3] / "docs/formats.md"


def test_document_when_read_then_has_a_row_for_every_format() -> None:
    text = DOCUMENT.read_text("utf-8")
    missing = [each.name for each in FORMATS if f"| {each.title} | `{each.name}` |" not in text]
    assert missing == []


def test_names_when_listed_then_no_two_formats_share_one() -> None:
    assert len({each.name for each in FORMATS}) == len({each.title for each in FORMATS}) == len(FORMATS)


def test_format_when_its_name_is_unknown_then_the_message_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"csv, jsonl, otb.*got .pdf"):
        format_named("pdf")


def test_detection_when_a_file_is_of_no_format_then_asks_for_one(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello\n")
    with pytest.raises(FormatError, match="no known label format"):
        detected(tmp_path / "a.txt")


def test_detection_when_ground_truth_lies_beside_a_video_then_is_otb(tmp_path: Path) -> None:
    (tmp_path / "clip_groundtruth_rect.txt").write_text("11,21,30,40\n")
    assert detected(tmp_path / "clip_groundtruth_rect.txt").name == "otb"


def test_reading_when_the_format_is_given_then_the_file_may_have_any_name(tmp_path: Path) -> None:
    (tmp_path / "boxes.dat").write_text("11,21,30,40\n")
    assert read_labels(tmp_path / "boxes.dat", VIDEO, format_named("otb")).box_count() == 1
