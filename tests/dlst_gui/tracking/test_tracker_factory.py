from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from dlst_gui.tracking import tracker_factory
from dlst_gui.tracking.devices import default_speed
from dlst_gui.tracking.tracker_factory import TrackerSettings, make_tracker
from tracker_core import PRESETS, DLSTConfig, Speed, WeightsError, with_details, with_speed


@pytest.mark.parametrize(("device", "expected"), [("cpu", "fast"), ("cuda", "exact"), ("cuda:1", "exact")])
def test_default_speed_when_the_device_is_known_then_a_processor_is_fast(device: str, expected: str) -> None:
    assert default_speed(device) == expected


@pytest.mark.parametrize(
    ("settings", "system", "speed_name"),
    [
        (TrackerSettings(), "dlst-studio", "exact"),
        (TrackerSettings("mdnet-nh", "paper"), "mdnet-nh-paper", "exact"),
        (TrackerSettings("dlst", speed="fast"), "dlst fast", "fast"),
        (
            TrackerSettings("dlst", "paper", speed="fast", without=("score-map", "few-cells")),
            "dlst-paper fast -score-map -few-cells",
            "fast -score-map -few-cells",
        ),
    ],
    ids=["exact", "paper", "fast", "without"],
)
def test_settings_when_named_then_preset_details_speed_and_missing_steps_are_told(
    settings: TrackerSettings, system: str, speed_name: str
) -> None:
    assert (settings.system, settings.speed_name) == (system, speed_name)


@pytest.mark.parametrize(
    ("preset", "backbone", "weights"),
    [("dlst-studio", "default", "studio"), ("dlst-fc", "default", "default"), ("dlst-studio", "mine", "mine")],
)
def test_settings_when_no_backbone_is_chosen_then_the_presets_own_is_taken(
    preset: str, backbone: str, weights: str
) -> None:
    assert TrackerSettings(preset, backbone=backbone).weights == weights


def test_make_tracker_when_the_backbone_has_no_matching_head_then_says_what_to_do() -> None:
    with pytest.raises(WeightsError) as raised:
        make_tracker(TrackerSettings("dlst-studio", backbone="random"))
    message = str(raised.value)
    assert "\n" not in message
    for words in ('"random" has no matching head', "another preset", "train a head"):
        assert words in message


@pytest.mark.parametrize(
    "settings",
    [
        TrackerSettings(backbone="random"),
        TrackerSettings("dlst-fc", "paper", "random", speed="fast", without=("score-map",)),
    ],
    ids=["exact", "fast"],
)
def test_make_tracker_when_a_speed_is_set_then_the_core_gets_it(
    monkeypatch: pytest.MonkeyPatch, settings: TrackerSettings
) -> None:
    made: list[DLSTConfig] = []
    monkeypatch.setattr("tracker_core.creation.create_tracker", lambda config, *_, **__: made.append(config))
    make_tracker(settings)
    of_details = with_details(PRESETS[settings.preset], settings.details)
    assert made == [with_speed(of_details, settings.speed, without=settings.without)]


@pytest.mark.parametrize(("speed", "trains_apart"), [("fast", True), ("exact", False)])
def test_make_tracker_when_updates_go_to_the_background_then_only_those_of_fast_do(
    monkeypatch: pytest.MonkeyPatch, speed: Speed, trains_apart: bool
) -> None:
    made: list[DLSTConfig] = []
    monkeypatch.setattr("tracker_core.creation.create_tracker", lambda config, *_, **__: made.append(config))
    make_tracker(TrackerSettings("dlst", backbone="random", speed=speed, updates_in_background=True))
    (config,) = made
    assert (config.speed.update_delay > 0) is trains_apart
    assert replace(config, speed=replace(config.speed, update_delay=0)) == with_speed(PRESETS["dlst"], speed)


def test_make_tracker_when_several_threads_ask_at_once_then_all_share_the_weights(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def slow(name: str) -> object:
        time.sleep(0.05)
        return object()

    tracker_factory._stored_backbone.cache_clear()
    monkeypatch.setattr("tracker_core.weights.store.load_backbone", slow)
    monkeypatch.setattr("tracker_core.creation.create_tracker", lambda config, backbone, **_: backbone)
    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(make_tracker, [TrackerSettings()] * 4))) == 1
    tracker_factory._stored_backbone.cache_clear()
