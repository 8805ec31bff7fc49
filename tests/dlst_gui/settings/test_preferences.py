from __future__ import annotations

from pathlib import Path

import pytest

from dlst_gui.settings.preferences import (
    MOST_EXPORTS,
    MOST_RECENT,
    FirstStep,
    PastExport,
    Preferences,
    ThemeChoice,
    preferences_from,
)


def test_preferences_when_written_and_read_then_are_the_same() -> None:
    kept = Preferences(
        theme=ThemeChoice.SYSTEM,
        long_step=25,
        pauses_when_lost=False,
        lost_frames=7,
        asks_on_delete=False,
        continues_after_correction=False,
        recent=(Path("/videos/b.mp4"), Path("/videos/a.mp4")),
        steps_done=frozenset({FirstStep.DRAW, FirstStep.TRACK}),
        exports=(PastExport(Path("/a.dlst"), "coco", Path("/out/a.json")),),
        guide="vittrack",
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
        ("recent", "a.mp4"),
        ("recent", [1]),
        ("steps_done", {"draw": True}),
        ("exports", "coco"),
        ("guide", "magic"),
        ("guide", 3),
        ("exports", [["/a.dlst", "coco"]]),
        ("exports", [["/a.dlst", "coco", 3]]),
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


def test_recent_when_opened_again_then_is_first_and_only_once() -> None:
    a, b = Path("/a.mp4"), Path("/b.mp4")
    assert Preferences().with_recent(a).with_recent(b).with_recent(a).recent == (a, b)
    assert Preferences(recent=(a, b)).without_recent(a).recent == (b,)


def test_recent_when_many_were_opened_then_the_oldest_are_forgotten() -> None:
    preferences = Preferences()
    for number in range(MOST_RECENT + 3):
        preferences = preferences.with_recent(Path(f"/{number}.mp4"))
    assert len(preferences.recent) == MOST_RECENT
    assert preferences.recent[0] == Path(f"/{MOST_RECENT + 2}.mp4")


def test_exports_when_made_again_then_the_latest_of_each_project_and_format_is_known() -> None:
    a, b = Path("/a.dlst"), Path("/b.dlst")
    preferences = Preferences()
    for project, name, target in ((a, "coco", "1"), (b, "coco", "2"), (a, "yolo", "3"), (a, "coco", "4")):
        preferences = preferences.with_export(PastExport(project, name, Path(target)))
    assert preferences.export_of(a, "coco") == PastExport(a, "coco", Path("4"))
    assert preferences.export_of(b, "coco") == PastExport(b, "coco", Path("2"))
    assert preferences.export_of(b, "yolo") is None
    assert len(preferences.exports) == 3


def test_exports_when_there_are_many_then_the_oldest_are_forgotten() -> None:
    preferences = Preferences()
    for number in range(MOST_EXPORTS + 3):
        preferences = preferences.with_export(PastExport(Path(f"/{number}.dlst"), "coco", Path("/x.json")))
    assert len(preferences.exports) == MOST_EXPORTS
    assert preferences.exports[0].project == Path(f"/{MOST_EXPORTS + 2}.dlst")
