"""Asking guides about parts of frames."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.tracker_core.frame_in_parts import NoisyParts
from tests.tracker_core.guides.made_guide import correlation, made_description, made_guide
from tests.tracker_core.moving_squares import SIDE, scene, square
from tracker_core import Box, WeightsError
from tracker_core.engine.onnx_encoding import OnnxFile
from tracker_core.guides.network import GuideNetwork

START = square(80, 60)


def test_propose_when_the_target_has_moved_by_a_cell_then_finds_it() -> None:
    guide = made_guide()
    template = guide.template(scene(START), START)
    answer = guide.propose(scene(square(80 + SIDE, 60)), START.shifted(SIDE / 2, SIDE / 2), [template])
    assert answer.best_box.iou(square(80 + SIDE, 60)) > 0.99
    assert answer.best_confidence > 0.5
    assert tuple(answer.region) == pytest.approx((80 - 3 * SIDE, 60 - 3 * SIDE, 8 * SIDE, 8 * SIDE))
    assert answer.boxes_xywh.shape == (1, 64, 4)


def test_propose_when_the_region_grows_then_is_seen_smaller() -> None:
    """A target of twice the size, seven sides away, looks as the template does in a region of twice the size."""
    guide = made_guide()
    template = guide.template(scene(START), START)
    target = Box(196 + 2 * SIDE, 196, 2 * SIDE, 2 * SIDE)
    look = scene(START)[60 : 60 + SIDE, 80 : 80 + SIDE]
    frame = np.full((480, 480, 3), 60, np.uint8)
    rows, columns = (slice(int(start), int(start) + 2 * SIDE) for start in (target.y, target.x))
    frame[rows, columns] = look.repeat(2, axis=0).repeat(2, axis=1)
    around = Box(224 - SIDE / 2, 224 - SIDE / 2, SIDE, SIDE).shifted(SIDE, SIDE)
    usual, grown = (guide.propose(frame, around, [template], growth=growth) for growth in (1.0, 2.0))
    assert grown.region.width == pytest.approx(2 * usual.region.width)
    assert grown.best_box.iou(target) > 0.99
    assert grown.best_confidence > usual.best_confidence


def test_propose_when_templates_compete_then_the_one_that_fits_wins() -> None:
    guide = made_guide()
    frames = [scene(START, seed=seed) for seed in (1, 2)]
    templates = [guide.template(frame, START) for frame in frames]
    for number, frame in enumerate(frames):
        answer = guide.propose(frame, START.shifted(SIDE / 2, SIDE / 2), templates)
        assert answer.best[0] == number
        assert answer.best_box.iou(START) > 0.99


@pytest.mark.parametrize("colours", ["rgb", "bgr"])
def test_planes_when_cut_then_are_scaled_and_in_the_order_of_the_description(colours: str) -> None:
    description = made_description()
    pixels = replace(description.pixels, colours=colours, mean=(10.0, 20.0, 30.0), deviation=(2.0, 4.0, 5.0))
    frame = np.tile(np.array([50, 100, 200], np.uint8), (40, 40, 1))
    template = made_guide(replace(description, pixels=pixels)).template(frame, Box(10, 10, 16, 16))
    expected = np.array([20, 20, 34]) if colours == "rgb" else np.array([34, 20, 20])
    assert template.features.shape == (1, 3, 8, 8)
    assert template.features == pytest.approx(np.broadcast_to(expected[None, :, None, None], (1, 3, 8, 8)))


@pytest.mark.parametrize("outside", ["mean", "black"])
def test_planes_when_they_lie_outside_then_have_the_colour_of_the_description(outside: str) -> None:
    description = made_description()
    guide = made_guide(replace(description, pixels=replace(description.pixels, outside=outside)))
    frame = np.zeros((40, 40, 3), np.uint8)
    frame[:20] = 200, 100, 40
    template = guide.template(frame, Box(-30, 10, 20, 20))
    level = np.array([100, 50, 20]) if outside == "mean" else np.zeros(3)
    assert template.outside == pytest.approx(tuple(level))
    assert template.features[0, :, 4, 2] == pytest.approx((level - 128) / 64, abs=0.01)


def test_propose_when_the_frame_comes_in_parts_then_the_answer_is_the_same() -> None:
    guide, frame = made_guide(), scene(START)
    template = guide.template(frame, START)
    whole = guide.propose(frame, Box(70, 50, 10, 10), [template])
    parts = guide.propose(NoisyParts(frame), Box(70, 50, 10, 10), [template])
    assert np.array_equal(whole.confidences, parts.confidences)


def test_network_when_it_takes_any_size_then_is_given_other_pictures_than_it_declares() -> None:
    file = OnnxFile()
    file.read("pixels", "float32", (1, 3, 8, 8))
    file.add("Identity", ("pixels",), "features")
    file.give("features", "float32", (1, 3, 8, 8))
    description = made_description()
    whole = description.networks["whole"]
    networks = {"whole": whole, "backbone": replace(whole, file="backbone.onnx", takes_any_size=True)}
    seen = {"network": "backbone", "input": "pixels", "output": "features"}
    described = replace(
        description,
        networks=networks,
        template=replace(description.template, **seen),
        search=replace(description.search, **seen),
    )
    guide = GuideNetwork(described, {"whole": correlation(), "backbone": file.data()}, threads=1)
    frame = scene(START)
    around = START.shifted(SIDE / 2, SIDE / 2)
    answers = [one.propose(frame, around, [one.template(frame, START)]) for one in (guide, made_guide())]
    assert np.array_equal(answers[0].confidences, answers[1].confidences)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, r"Made: whole\.onnx: it is missing"),
        ({"whole": b"\x08\x08 no"}, r"Made: whole\.onnx: damaged ONNX file"),
        ({"whole": OnnxFile().data()}, r"Made: whole\.onnx: expected an input 'template'"),
        ({"whole": correlation().replace(b"Conv", b"Cnov")}, r"Made: whole\.onnx: .*Cnov"),
    ],
    ids=["missing", "damaged", "another", "no operator"],
)
def test_network_when_a_file_cannot_be_used_then_says_which(files: dict[str, bytes], message: str) -> None:
    with pytest.raises(WeightsError, match=message):
        GuideNetwork(made_description(), files, threads=1)
