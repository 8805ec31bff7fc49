"""A guide as data: which networks it has, what they are given, how their answer is read.

One TOML file describes one guide, in the sections named as the attributes of `GuideDescription`. Positions are
pixels from the top left corner, 0-based and continuous, as everywhere (`box.py`).
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from tracker_core.backbone_weights import WeightsError
from tracker_core.box import Box

Shape = Literal["square", "stretched"]
Activation = Literal["none", "sigmoid", "softmax"]
Window = Literal["none", "mixed", "product"]

_Section = TypeVar("_Section")
_Lengths = TypeVar("_Lengths", float, NDArray[np.float64])


@dataclass(frozen=True, slots=True)
class GuideNetworkFile:
    """One ONNX file.

    Attributes:
        file: its name.
        size: in bytes.
        sha256: of the whole file.
        address: where its authors offer it; empty where they offer another format.
        takes_any_size: whether it declares one size of picture, but is convolutional and is given others too.
    """

    file: str
    size: int
    sha256: str
    address: str = ""
    takes_any_size: bool = False


@dataclass(frozen=True, slots=True)
class PixelRule:
    """How pixels become numbers: (value - mean) / deviation, as planes of (1, 3, rows, columns) float32.

    Attributes:
        colours: "rgb" or "bgr": the order of the planes; mean and deviation are in RGB, of values 0..255.
        outside: what lies around the frame: "mean", its mean colour, or "black".
    """

    colours: Literal["rgb", "bgr"]
    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]
    outside: Literal["mean", "black"]

    def __post_init__(self) -> None:
        _check("colours", self.colours, ("rgb", "bgr"))
        _check("outside", self.outside, ("mean", "black"))


@dataclass(frozen=True, slots=True)
class CropRule:
    """What is cut out around a box, and which network, if any, sees it before the two are matched.

    Attributes:
        size: side of the cut picture in network pixels.
        shape: "square": one with the area of the box, with `context` times the sum of its sides added to each;
            "stretched": the box itself, each axis scaled on its own.
        factor: sides of what is cut out over sides of that.
        context: for squares; 0.5 is SiamFC's.
        network: by its name among the networks; empty where the pixels themselves are matched.
        input, output: of that network.
    """

    size: int
    shape: Shape
    factor: float
    context: float = 0.0
    network: str = ""
    input: str = ""
    output: str = ""

    def __post_init__(self) -> None:
        _check("shape", self.shape, ("square", "stretched"))

    def area(self, box: Box, growth: float = 1.0) -> Box:
        """The rectangle around a box, `growth` times as wide and high as usual; image pixels."""
        factor = self.factor * growth
        if self.shape == "stretched":
            return box.resized(box.width * factor, box.height * factor)
        side = math.sqrt(box_size_squared(box.width, box.height, self.context)) * factor
        return box.resized(side, side)


def box_size_squared(width: _Lengths, height: _Lengths, context: float) -> _Lengths:
    """Area of a box with `context` times the sum of its sides added to each of them."""
    added = context * (width + height)
    return (width + added) * (height + added)


@dataclass(frozen=True, slots=True)
class MatchRule:
    """The network that matches a template with what is searched.

    Attributes:
        network: by its name among the networks.
        template, search: its inputs.
    """

    network: str
    template: str
    search: str


@dataclass(frozen=True, slots=True)
class AnswerRule:
    """How boxes are read from the outputs: one for each of cells x cells places of the searched picture.

    Attributes:
        cells: along a side.
        stride: network pixels from one to the next.
        first: of the first one; network pixels from the picture's edge.
        confidences: output with one map, or with two for "softmax", the second of which is the target's.
        activation: what makes confidences of 0..1 of it.
        distances: output with four maps: network pixels from the cell to the box's left, top, right, bottom edge.
        offsets: in place of it, output with two maps: from the cell to the box's middle, in strides.
        sizes: and one with two maps: width and height, in sides of the picture.
    """

    cells: int
    stride: float
    first: float
    confidences: str
    activation: Activation
    distances: str = ""
    offsets: str = ""
    sizes: str = ""

    def __post_init__(self) -> None:
        _check("activation", self.activation, ("none", "sigmoid", "softmax"))
        if bool(self.distances) == bool(self.offsets and self.sizes):
            raise WeightsError("expected either distances, or offsets and sizes")


@dataclass(frozen=True, slots=True)
class ChoiceRule:
    """Which of the boxes is the answer, and how far it is believed.

    Attributes:
        change_penalty: k; a confidence is multiplied by exp(-k (r s - 1)), shape changing by r and size by s.
        window: "mixed": mixed with a cosine window over the cells; "product": multiplied by it.
        window_weight: of the window where it is mixed.
        size_rate: the sides are moved by this share, times the penalised confidence, to those of the answer;
            0: all the way.
        found_confidence: below it the target counts as lost.
    """

    change_penalty: float = 0.0
    window: Window = "none"
    window_weight: float = 0.0
    size_rate: float = 0.0
    found_confidence: float = 0.5

    def __post_init__(self) -> None:
        _check("window", self.window, ("none", "mixed", "product"))


@dataclass(frozen=True, slots=True)
class GuideDescription:
    """All that is known of one guide.

    Attributes:
        name: what a user types.
        title: what it is called.
        family: guides that are fetched at once share it.
        licence: of the weights, as far as their authors name one.
        homepage: of its authors.
        networks: by the names that the other sections use.
    """

    name: str
    title: str
    family: str
    licence: str
    homepage: str
    networks: Mapping[str, GuideNetworkFile]
    pixels: PixelRule
    template: CropRule
    search: CropRule
    match: MatchRule
    answer: AnswerRule
    choice: ChoiceRule = field(default_factory=ChoiceRule)

    def __post_init__(self) -> None:
        used = (self.template.network, self.search.network, self.match.network)
        unknown = [name for name in used if name and name not in self.networks]
        if unknown:
            raise WeightsError(f"expected a network called {unknown[0]!r}, got {', '.join(self.networks)}")


def read_description(text: str) -> GuideDescription:
    """The guide that a TOML file describes; WeightsError says which section is wrong."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WeightsError(f"not a TOML file: {error}") from error
    networks = {
        name: _section(GuideNetworkFile, f"networks.{name}", table)
        for name, table in _table("networks", found.pop("networks", {})).items()
    }
    kinds: dict[str, type] = {
        "pixels": PixelRule,
        "template": CropRule,
        "search": CropRule,
        "match": MatchRule,
        "answer": AnswerRule,
        "choice": ChoiceRule,
    }
    sections: dict[str, Any] = {name: _section(kind, name, found.pop(name, {})) for name, kind in kinds.items()}
    return _section(GuideDescription, "the file", {**found, **sections, "networks": networks})


def _table(name: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise WeightsError(f"{name}: expected a section, got {value!r}")
    return value


def _section(kind: type[_Section], name: str, table: object) -> _Section:
    """The dataclass of a section; lists become tuples."""
    named = _table(name, table).items()
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in named}
    try:
        return kind(**values)
    except TypeError as error:  # a line that is missing, or one that is not known
        raise WeightsError(f"{name}: {str(error).partition('() ')[2]}") from error
    except WeightsError as error:
        raise WeightsError(f"{name}: {error}") from error


def _check(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise WeightsError(f"expected {' or '.join(known)} as {name}, got {value!r}")
