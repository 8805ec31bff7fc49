from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.tracker_core.pretraining.matching.conftest import disc_photograph
from tracker_core.pretraining.errors import PretrainingError, TrainingStopped
from tracker_core.pretraining.matching.cut_outs import CACHE_NAME, cut_out_masks, object_mask
from tracker_core.pretraining.matching.pictured_objects import Material
from tracker_core.pretraining.pictures import Photograph, Pictures, box_of_mask


def cut(photographs: tuple[Photograph, ...], folder: Path, *, threads: int = 1, stop: bool = False) -> tuple:
    told: list[str] = []
    masks = cut_out_masks(photographs, folder, threads=threads, should_stop=lambda: stop, tell=told.append)
    return masks, told


def test_object_mask_when_a_disc_stands_out_then_it_is_cut_out() -> None:
    mask = object_mask(disc_photograph(np.random.default_rng(3)))
    assert mask is not None
    box = box_of_mask(mask)
    # radius 26 around (64, 48); GrabCut works on a picture a quarter larger
    np.testing.assert_allclose(box.xywh, [38, 22, 53, 53], atol=2)
    assert mask.mean() / 255 == pytest.approx(np.pi * 26**2 / (96 * 128), rel=0.08)


@pytest.mark.parametrize(
    "pixels",
    [
        np.random.default_rng(0).integers(0, 256, (96, 128, 3), dtype=np.uint8),
        np.full((96, 128, 3), 77, np.uint8),
    ],
    ids=["noise", "plain"],
)
def test_object_mask_when_nothing_stands_out_then_refused(pixels: np.ndarray) -> None:
    assert object_mask(pixels) is None


def test_cut_out_masks_when_asked_again_then_read_from_the_folder(disc_pictures: Pictures, tmp_path: Path) -> None:
    first, told = cut(disc_pictures.photographs, tmp_path)
    again, told_again = cut(disc_pictures.photographs, tmp_path)
    assert len(first) == 8
    assert told
    assert not told_again
    assert first.keys() == again.keys()
    assert all(np.array_equal(first[number], again[number]) for number in first)


def test_cut_out_masks_when_made_by_several_threads_then_the_same(disc_pictures: Pictures, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "three").mkdir()
    one, _ = cut(disc_pictures.photographs, tmp_path / "one")
    three, _ = cut(disc_pictures.photographs[::-1], tmp_path / "three", threads=3)
    assert all(np.array_equal(one[number], three[7 - number]) for number in range(8))


@pytest.mark.parametrize("damage", ["other pictures", "not a file of ours"])
def test_cut_out_masks_when_the_kept_ones_do_not_fit_then_made_again(
    damage: str, disc_pictures: Pictures, tmp_path: Path
) -> None:
    photographs = disc_pictures.photographs[:2]
    if damage == "other pictures":
        cut(disc_pictures.photographs[2:4], tmp_path)
    else:
        (tmp_path / CACHE_NAME).write_bytes(b"nothing of the kind")
    masks, told = cut(photographs, tmp_path)
    assert told
    assert set(masks) == {0, 1}


def test_cut_out_masks_when_the_group_shows_no_objects_then_none_is_looked_for(
    disc_pictures: Pictures, tmp_path: Path
) -> None:
    photographs = tuple(Photograph(p.pixels, "BACKGROUND_Google") for p in disc_pictures.photographs[:2])
    assert cut(photographs, tmp_path)[0] == {}


def test_cut_out_masks_when_told_to_stop_then_nothing_is_kept(disc_pictures: Pictures, tmp_path: Path) -> None:
    with pytest.raises(TrainingStopped):
        cut(disc_pictures.photographs, tmp_path, stop=True)
    assert list(tmp_path.iterdir()) == []


def test_material_when_no_object_was_found_then_refused(disc_pictures: Pictures) -> None:
    with pytest.raises(PretrainingError, match="stand out"):
        Material.of(disc_pictures, {})
