"""Models taken apart by one of their inputs."""

from __future__ import annotations

import numpy as np
import pytest

from tracker_core import WeightsError
from tracker_core.engine.onnx_encoding import OnnxFile
from tracker_core.engine.session import OnnxSession
from tracker_core.engine.split_model import split_model

SHAPE = (1, 2, 4, 4)
RNG = np.random.default_rng(0)
PICTURE, TEMPLATE = (RNG.normal(size=SHAPE).astype(np.float32) for _ in range(2))


def model() -> bytes:
    """((picture + bias) reshaped + template) * picture, and 2 * (picture + bias), which no template changes."""
    file = OnnxFile()
    for name in ("picture", "template"):
        file.read(name, "float32", SHAPE)
    file.hold("bias", np.float32(3).reshape(1))
    file.hold("two", np.float32(2).reshape(1))
    file.add("Constant", (), "shape", value=np.array(SHAPE, np.int64))
    file.add("Add", ("picture", "bias"), "moved")
    file.add("Reshape", ("moved", "shape"), "shaped")
    file.add("Add", ("shaped", "template"), "sum")
    file.add("Reshape", ("sum", "shape"), "again")
    file.add("Mul", ("again", "picture"), "product")
    file.add("Mul", ("moved", "two"), "apart")
    for name in ("product", "apart"):
        file.give(name, "float32", SHAPE)
    return file.data()


def test_parts_when_run_one_after_the_other_then_give_what_the_whole_gives() -> None:
    whole = OnnxSession(model(), threads=1).run({"picture": PICTURE, "template": TEMPLATE})
    parts = split_model(model(), "template")
    assert parts.early is not None
    assert parts.late_reads == ("picture", "shaped")
    early = OnnxSession(parts.early, threads=1).run({"picture": PICTURE})
    given = {"picture": PICTURE, "shaped": early["shaped"], "template": TEMPLATE}
    late = OnnxSession(parts.late, threads=1).run(given)
    assert sorted(early) == ["apart", "shaped"]
    assert np.array_equal(early["apart"], whole["apart"])
    assert sorted(late) == ["product"]
    assert np.array_equal(late["product"], whole["product"])


def test_parts_when_nothing_comes_before_the_late_input_then_there_is_one() -> None:
    file = OnnxFile()
    for name in ("picture", "template"):
        file.read(name, "float32", SHAPE)
    file.add("Add", ("picture", "template"), "sum")
    file.give("sum", "float32", SHAPE)
    parts = split_model(file.data(), "template")
    assert (parts.early, parts.late_reads) == (None, ("picture",))
    found = OnnxSession(parts.late, threads=1).run({"picture": PICTURE, "template": TEMPLATE})
    assert np.array_equal(found["sum"], PICTURE + TEMPLATE)


@pytest.mark.parametrize(
    ("data", "late", "message"),
    [
        (model(), "mask", "expected an input 'mask', got picture, template"),
        (model()[:60], "template", "damaged ONNX file"),
        (b"", "template", "expected an ONNX file with a graph"),
    ],
    ids=["input", "cut off", "nothing"],
)
def test_model_when_it_cannot_be_taken_apart_then_says_why(data: bytes, late: str, message: str) -> None:
    with pytest.raises(WeightsError, match=message):
        split_model(data, late)
