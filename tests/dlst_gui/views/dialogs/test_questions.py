"""What a person types, as what is meant."""

from __future__ import annotations

import pytest

from dlst_gui.views.dialogs.questions import attributes_in


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("breed=beagle\n age = 3 ", {"breed": "beagle", "age": "3"}),
        ("rule=a=b", {"rule": "a=b"}),
        ("fast\n\n=lost", {"fast": ""}),
    ],
)
def test_attributes_in_then_reads_a_name_and_a_value_per_line(text: str, expected: dict[str, str]) -> None:
    assert attributes_in(text) == expected
