from __future__ import annotations

import pytest

from dlst_gui.preferences import Preferences, ThemeChoice, preferences_from


def test_preferences_when_written_and_read_then_are_the_same() -> None:
    kept = Preferences(
        theme=ThemeChoice.SYSTEM,
        long_step=25,
        pauses_when_lost=False,
        lost_frames=7,
        asks_on_delete=False,
        continues_after_correction=False,
    )
    assert preferences_from(kept.content()) == kept


def test_preferences_from_when_nothing_is_kept_then_the_defaults_without_a_word() -> None:
    assert preferences_from({}) == Preferences()


def test_preferences_from_when_a_later_version_kept_more_then_the_rest_is_read() -> None:
    assert preferences_from({"long_step": 25, "font": "large"}) == Preferences(long_step=25)


@pytest.mark.logs_warnings
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("theme", "pink"),
        ("theme", 1),
        ("theme", ["dark"]),
        ("long_step", "ten"),
        ("long_step", 0),
        ("long_step", 10**9),
        ("long_step", True),
        ("long_step", 2.5),
        ("lost_frames", None),
        ("pauses_when_lost", 1),
        ("asks_on_delete", "yes"),
        ("continues_after_correction", None),
    ],
)
def test_preferences_from_when_one_makes_no_sense_then_that_one_is_the_default_with_a_warning(
    name: str, value: object, caplog: pytest.LogCaptureFixture
) -> None:
    good = Preferences(theme=ThemeChoice.LIGHT, long_step=25, lost_frames=7)
    default = getattr(Preferences(), name)
    read = preferences_from({**good.content(), name: value})
    assert getattr(read, name) == default
    assert sum(getattr(read, other) != getattr(good, other) for other in Preferences.__slots__) <= 1
    assert name in caplog.text
