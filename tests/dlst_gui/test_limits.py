"""The page of limits says what the code does."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

from dlst_gui import limits

PAGE = Path(__file__).resolve().parents[2] / "docs" / "limits.md"
UNITS = {"GiB": 1 << 30, "MiB": 1 << 20, "KiB": 1 << 10, "times": 1}


def listed() -> dict[str, int]:
    """Each name on the page with its value."""
    rows = re.findall(r"^\| [^|]+ \| ([\d,]+)(?: (\w+))? \| `([\w.]+)` \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    return {name: int(number.replace(",", "")) * UNITS.get(unit, 1) for number, unit, name in rows}


def test_limits_page_when_read_then_lists_every_limit_with_its_value() -> None:
    known = {name: value for name, value in vars(limits).items() if name.isupper()}
    assert {name: value for name, value in listed().items() if "." not in name} == known


def test_limits_page_when_read_then_weight_files_have_those_of_the_core() -> None:
    for name, value in listed().items():
        module, _, constant = name.rpartition(".")
        if module:
            assert getattr(import_module(f"tracker_core.weights.{module}"), constant) == value, name


def test_limits_page_when_read_then_every_row_is_understood() -> None:
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    without = [line for line in rows if not line.startswith("| limit |") and "`" in line]
    assert len(without) == len(listed())
