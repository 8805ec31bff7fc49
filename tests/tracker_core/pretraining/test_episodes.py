from __future__ import annotations

import numpy as np
import pytest
import torch

from tracker_core import Box
from tracker_core.feature_map import window_features
from tracker_core.networks import Backbone
from tracker_core.pretraining.ahead import made_ahead
from tracker_core.pretraining.batches import Batch
from tracker_core.pretraining.config import PretrainingConfig
from tracker_core.pretraining.episodes import Episode, make_episode
from tracker_core.pretraining.losses import Features
from tracker_core.pretraining.network import TrainableBackbone, exported
from tracker_core.pretraining.scenes import Scene, ScenePair

COLOR = (250, 20, 20)


def scene(box: Box) -> Scene:
    """A red object on blue."""
    frame = np.full((120, 160, 3), (20, 20, 250), np.uint8)
    x, y, width, height = (int(value) for value in box.xywh)
    frame[y : y + height, x : x + width] = COLOR
    return Scene(frame, box)


@pytest.fixture
def episode(tiny: PretrainingConfig) -> Episode:
    pair = ScenePair(scene(Box(60, 40, 32, 28)), scene(Box(80, 60, 30, 30)))
    return make_episode(pair, tiny, np.random.default_rng(0))


def window(episode: Episode, config: PretrainingConfig, row: int) -> np.ndarray:
    """The 75 x 75 pixels of a window that its box covers, found from its number alone."""
    small, per_small = len(episode.small) * config.small_windows**2, config.small_windows
    is_small = row < small
    maps, side = (episode.small, per_small) if is_small else (episode.large, config.large_windows)
    number = row if is_small else row - small
    pixels = maps[number // side**2]
    y, x = 16 + 8 * (number % side**2 // side), 16 + 8 * (number % side)
    return pixels[y : y + 75, x : x + 75]


def redness(pixels: np.ndarray) -> float:
    return float((pixels[..., 0].astype(int) > 128).mean())


def test_make_episode_when_windows_are_looked_up_then_those_on_the_object_show_it(
    episode: Episode, tiny: PretrainingConfig
) -> None:
    on = [redness(window(episode, tiny, row)) for row in episode.support_rows[episode.support_labels > 0]]
    off = [redness(window(episode, tiny, row)) for row in episode.support_rows[episode.support_labels < 0]]
    assert min(on) > max(off)
    best = episode.query_rows[episode.query_iou.argmax()]
    assert redness(window(episode, tiny, int(best))) > 0.6


def test_make_episode_when_queries_are_ordered_by_overlap_then_the_object_fills_them_accordingly(
    episode: Episode, tiny: PretrainingConfig
) -> None:
    shown = np.array([redness(window(episode, tiny, int(row))) for row in episode.query_rows])
    assert np.corrcoef(shown, episode.query_iou)[0, 1] > 0.9


def test_make_episode_when_a_box_is_changed_as_its_target_says_then_it_is_the_objects(
    episode: Episode, tiny: PretrainingConfig
) -> None:
    """A window moved by the target's part of its 75 pixels has the object's middle in its middle."""
    for row, (dx, dy, _, _) in zip(episode.box_query_rows, episode.box_query_targets, strict=True):
        pixels = window(episode, tiny, int(row))
        rows, columns = np.nonzero(pixels[..., 0] > 128)
        if min(rows.min(), columns.min()) > 0 and max(rows.max(), columns.max()) < 74:
            assert columns.mean() + 0.5 - 37.5 == pytest.approx(75 * dx, abs=1)
            assert rows.mean() + 0.5 - 37.5 == pytest.approx(75 * dy, abs=1)


def test_features_when_taken_by_row_then_are_those_the_tracker_computes(
    episode: Episode, tiny: PretrainingConfig
) -> None:
    network = TrainableBackbone(torch.Generator().manual_seed(0))
    batch = Batch.of([episode, episode])
    with torch.no_grad():
        small = network(batch.small.flatten(0, 1), torch.float32)
        large = network(batch.large.flatten(0, 1), torch.float32)
    features = Features.of(small, large, batch, tiny)
    weights = exported(network.state_dict(), relu1_gain=1.0, relu3_gain=1.0, metadata={})
    tracker = Backbone(weights, device=torch.device("cpu"), dtype=torch.float32)
    expected = []
    for maps in (episode.small, episode.large):
        cells = tracker.classifier_cells(torch.from_numpy(maps), stride=8)
        count = len(maps) * (cells.shape[1] - 4) * (cells.shape[2] - 4)
        expected.append(window_features(cells, torch.arange(count), 8))
    windows = torch.cat(expected)
    torch.testing.assert_close(features.means[1], windows.mean(dim=1), rtol=1e-3, atol=1e-4)
    for rows, values in (
        (episode.box_support_rows, features.box_support),
        (episode.box_query_rows, features.box_query),
    ):
        torch.testing.assert_close(values[1], windows[torch.from_numpy(rows)].flatten(1), rtol=1e-3, atol=1e-4)


def test_batches_when_closed_early_then_gave_the_steps_in_order(episode: Episode) -> None:
    asked: list[int] = []

    def make(step: int) -> Batch:
        asked.append(step)
        return Batch.of([episode] * step)

    batches = made_ahead(make, 3, threads=2)
    sizes = [len(next(batches).small) for _ in range(4)]
    batches.close()
    assert sizes == [3, 4, 5, 6]
    assert max(asked) < 12


def test_relu1_power_when_measured_then_is_that_of_what_the_localiser_sees(episode: Episode) -> None:
    network = TrainableBackbone(torch.Generator().manual_seed(0))
    weights = exported(network.state_dict(), relu1_gain=1.0, relu3_gain=1.0, metadata={})
    tracker = Backbone(weights, device=torch.device("cpu"), dtype=torch.float32)
    pixels = torch.from_numpy(episode.large)
    with torch.no_grad():
        seen = tracker.localizer_map(pixels, is_normalized=False)
        torch.testing.assert_close(network.relu1_power(pixels, torch.float32), seen.square().mean())
