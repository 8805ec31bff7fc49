from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from dlst_gui.tracking import tracker_factory
from dlst_gui.tracking.devices import default_speed
from dlst_gui.tracking.tracker_factory import (
    TrackerSettings,
    config_of,
    config_of_system,
    follows_guides,
    guide_sha256,
    make_tracker,
)
from tests.fakes import SyntheticVideo
from tests.tracker_core.guides.made_guide import store_made_guide
from tracker_core import (
    PRESETS,
    DLSTConfig,
    Speed,
    WeightsError,
    with_details,
    with_speed,
)
from tracker_core.weights import GUIDE_NAMES, guide_store


@pytest.mark.parametrize(("device", "expected"), [("cpu", "fast"), ("cuda", "exact"), ("cuda:1", "exact")])
def test_default_speed_when_the_device_is_known_then_a_processor_is_fast(device: str, expected: str) -> None:
    assert default_speed(device) == expected


@pytest.mark.parametrize(
    ("settings", "system", "mode"),
    [
        (TrackerSettings(), "dlst-studio", "exact"),
        (TrackerSettings("mdnet-nh", "paper"), "mdnet-nh-paper", "exact"),
        (TrackerSettings("dlst", speed="fast"), "dlst fast", "fast"),
        (
            TrackerSettings("dlst", "paper", speed="fast", without=("score-map", "few-cells")),
            "dlst-paper fast -score-map -few-cells",
            "fast -score-map -few-cells",
        ),
        (TrackerSettings(guide="fear-xs"), "dlst-studio +fear-xs", "exact +fear-xs"),
        (
            TrackerSettings(speed="fast", without=("rare-mining",), guide="vittrack"),
            "dlst-studio fast -rare-mining +vittrack",
            "fast -rare-mining +vittrack",
        ),
    ],
    ids=["exact", "paper", "fast", "without", "guide", "guide and without"],
)
def test_settings_when_named_then_preset_details_speed_steps_and_guide_are_told(
    settings: TrackerSettings, system: str, mode: str
) -> None:
    assert (settings.system, settings.mode) == (system, mode)


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


@pytest.fixture
def forgotten_guides() -> Iterator[None]:
    """Networks of other tests are not those of this one, nor the other way round."""
    tracker_factory._stored_guide.cache_clear()
    yield
    tracker_factory._stored_guide.cache_clear()


def guide_of(settings: TrackerSettings, monkeypatch: pytest.MonkeyPatch) -> object:
    """What the core is told to follow."""
    told: list[object] = []
    monkeypatch.setattr("tracker_core.create_tracker", lambda *_, guide, **__: told.append(guide))
    make_tracker(replace(settings, backbone="random"))
    return told[0]


@pytest.mark.usefixtures("forgotten_guides")
def test_make_tracker_when_a_guide_is_chosen_then_all_trackers_share_its_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_made_guide(monkeypatch, tmp_path)
    first = guide_of(TrackerSettings(guide="fear-xs"), monkeypatch)
    assert first is not None
    assert guide_of(TrackerSettings(guide="fear-xs", seed=3, threads=2), monkeypatch) is first
    assert guide_of(TrackerSettings(), monkeypatch) is None


@pytest.mark.usefixtures("forgotten_guides")
@pytest.mark.parametrize(
    ("guide", "way"),
    [("nanotrack-v2", "`weights fetch nanotrack` gets it"), ("fear-xs", "`weights import FOLDER`")],
)
def test_make_tracker_when_the_guide_is_not_here_then_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, guide: str, way: str
) -> None:
    monkeypatch.setattr(guide_store, "default_folder", lambda: tmp_path)
    with pytest.raises(WeightsError, match=way):
        make_tracker(TrackerSettings(guide=guide))


def test_make_tracker_when_the_guide_is_unknown_then_names_those_there_are() -> None:
    with pytest.raises(WeightsError, match="nanotrack-v2, nanotrack-v3, vittrack, fear-xs"):
        make_tracker(TrackerSettings(guide="someone"))
    assert guide_sha256("someone") == guide_sha256("") == ""
    assert len({guide_sha256(name) for name in GUIDE_NAMES}) == len(GUIDE_NAMES)


@pytest.mark.usefixtures("forgotten_guides")
@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_make_tracker_when_a_preset_gets_a_guide_then_only_one_with_a_matching_head_takes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, preset: str
) -> None:
    store_made_guide(monkeypatch, tmp_path)
    settings = TrackerSettings(preset, speed="fast", guide="vittrack")
    if follows_guides(preset):
        assert make_tracker(settings)
    else:
        with pytest.raises(ValueError, match=f"{preset} follows no guide"):
            make_tracker(settings)


@pytest.mark.data
@pytest.mark.usefixtures("forgotten_guides")
def test_tracker_when_it_follows_a_real_guide_then_both_see_the_target_and_say_so(
    data_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (data_root / "peers").is_dir():
        pytest.skip(f"no test data: {data_root / 'peers'} does not exist")
    shutil.copytree(data_root / "peers", tmp_path / "guides")
    monkeypatch.setattr(guide_store, "default_folder", lambda: tmp_path)
    video, tracker = SyntheticVideo(), make_tracker(TrackerSettings(speed="fast", guide="nanotrack-v3"))
    tracker.initialize(video.read(0), video.box(0))
    result = tracker.track(video.read(1), with_diagnostics=True)
    assert result.box.iou(video.box(1)) > 0.6
    seen = result.diagnostics
    assert seen is not None
    assert seen.guided_box is not None
    assert seen.guided_box.iou(video.box(1)) > 0.5
    assert seen.guide_trust == 1


@pytest.mark.parametrize(
    "settings",
    [
        TrackerSettings(),
        TrackerSettings(preset="dlst", speed="fast", without=("score-map",)),
        TrackerSettings(preset="dlst-nloc", details="paper"),
        TrackerSettings(speed="fast", guide="fear-xs"),
        TrackerSettings(preset="dlst", fields=(("candidates.count", 64), ("candidates.translation_factor", 0.5))),
    ],
    ids=lambda settings: settings.system,
)
def test_config_of_system_when_it_was_named_then_draws_candidates_as_the_tracker_does(
    settings: TrackerSettings,
) -> None:
    found, config = config_of_system(settings.system), config_of(settings)
    assert found is not None
    assert (found.preset, found.candidates, found.drawing) == (config.preset, config.candidates, config.drawing)


@pytest.mark.parametrize("system", ["", "csrt", "dlst candidates.count=none-of-these"])
def test_config_of_system_when_it_is_no_system_of_ours_then_is_none(system: str) -> None:
    assert config_of_system(system) is None
