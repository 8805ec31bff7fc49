"""A guide whose answers are known: it correlates the template's pixels with what it searches, in 8 x 8 cells."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tracker_core.engine.onnx_encoding import OnnxFile
from tracker_core.guides.description import GuideDescription, GuideNetworkFile, read_description
from tracker_core.guides.network import GuideNetwork
from tracker_core.weights import guide_store

CELL = 8  # network pixels: side of a template, and from one cell to the next
CELLS = 8

DESCRIPTION = """
name = "made"
title = "Made"
family = "made"
licence = "none"
homepage = "https://example.org"

[networks.whole]
file = "whole.onnx"
size = 1
sha256 = ""

[pixels]
colours = "rgb"
mean = [128.0, 128.0, 128.0]
deviation = [64.0, 64.0, 64.0]
outside = "mean"

[template]
size = 8
shape = "square"
factor = 1.0

[search]
size = 64
shape = "square"
factor = 8.0

[match]
network = "whole"
template = "template"
search = "search"

[answer]
cells = 8
stride = 8.0
first = 4.0
confidences = "confidences"
activation = "sigmoid"
distances = "distances"
"""


def made_description() -> GuideDescription:
    return read_description(DESCRIPTION)


def correlation() -> bytes:
    """Logits of 0.05 times the correlation, less 5; boxes as large as a template."""
    file = OnnxFile()
    file.read("template", "float32", (1, 3, CELL, CELL))
    file.read("search", "float32", (1, 3, "rows", "columns"))
    file.add("Conv", ("search", "template"), "sum", strides=(CELL, CELL))
    file.hold("scale", np.array(0.05, np.float32))
    file.hold("offset", np.array(-5, np.float32))
    file.add("Mul", ("sum", "scale"), "scaled")
    file.add("Add", ("scaled", "offset"), "confidences")
    file.hold("nothing", np.zeros((4, 3, CELL, CELL), np.float32))
    file.hold("half", np.full(4, CELL / 2, np.float32))
    file.add("Conv", ("search", "nothing", "half"), "distances", strides=(CELL, CELL))
    file.give("confidences", "float32", (1, 1, CELLS, CELLS))
    file.give("distances", "float32", (1, 4, CELLS, CELLS))
    return file.data()


def made_guide(description: GuideDescription | None = None) -> GuideNetwork:
    return GuideNetwork(description or made_description(), {"whole": correlation()}, threads=1)


def peer_files(peers: Path, description: GuideDescription) -> dict[str, bytes]:
    return {name: (peers / file.file).read_bytes() for name, file in description.networks.items()}


def store_made_guide(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """From now on every guide is the made one, and it is in the user's data folder, which is `folder`."""
    content = correlation()
    network = GuideNetworkFile(
        "whole.onnx", len(content), hashlib.sha256(content).hexdigest(), "https://a.example"
    )
    description = replace(made_description(), networks={"whole": network})
    patch.setattr(guide_store, "guide_description", lambda name: description)
    patch.setattr(guide_store, "default_folder", lambda: folder)
    path = guide_store.stored_network(network)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
