"""One engine for all guides: shows a described guide's networks what they expect, and reads what they answer.

OpenCV's tracker classes are not used: they search around their own last box alone, and keep their first template.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker_core.backbone_weights import WeightsError
from tracker_core.box import Box
from tracker_core.cropping import SearchRegion, cut_scaled, whole_frame
from tracker_core.engine.declared_sizes import without_declared_sizes
from tracker_core.engine.session import OnnxSession
from tracker_core.engine.split_model import split_model
from tracker_core.guides.answer import GuideAnswer, rated, read_boxes, read_confidences
from tracker_core.guides.description import CropRule, GuideDescription
from tracker_core.tracker import AnyFrame

Planes = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class GuideTemplate:
    """The target as it looked in one box: what a guide looks for.

    Attributes:
        features: what the network that matches is given.
        outside: RGB colour, 0..255, of what lies around the frame.
    """

    features: NDArray[np.float32]
    outside: tuple[float, float, float]


class GuideNetwork:
    """Remembers no target: templates are values that its caller keeps, changes and goes back to.

    Args:
        description: of the guide.
        files: the bytes of its networks, by their names in the description.
        threads: that share one run of a network.

    Raises:
        WeightsError: a network is missing, or cannot be run.
    """

    def __init__(self, description: GuideDescription, files: Mapping[str, bytes], *, threads: int) -> None:
        self.description = description
        models = {name: _model(description, files, name) for name in description.networks}

        def session(name: str, model: bytes) -> OnnxSession:
            with _named(description, name):
                return OnnxSession(model, threads=threads)

        match, names = description.match, {description.template.network, description.search.network} - {""}
        with _named(description, match.network):
            parts = split_model(models[match.network], match.template)
        self._networks = {name: session(name, models[name]) for name in names}
        self._early = None if parts.early is None else session(match.network, parts.early)
        self._late, self._late_reads = session(match.network, parts.late), parts.late_reads

    def template(self, frame: AnyFrame, box: Box) -> GuideTemplate:
        """The target in a box, (x, y, width, height) in image pixels; the frame is RGB."""
        outside = (0.0, 0.0, 0.0)
        if self.description.pixels.outside == "mean":
            red, green, blue, _ = cv2.mean(whole_frame(frame))
            outside = (red, green, blue)
        rule = self.description.template
        return GuideTemplate(self._seen(rule, frame, rule.area(box), outside), outside)

    def propose(
        self, frame: AnyFrame, around: Box, templates: Sequence[GuideTemplate], *, growth: float = 1.0
    ) -> GuideAnswer:
        """Look for the target around a box.

        What does not depend on the template is computed once; a further one costs a fifth (FEAR-XS) to all
        (VitTrack) of the first.

        Args:
            frame: (height, width, 3) uint8 RGB, or in parts.
            around: the box before, image pixels: its place and size are where the target is expected.
            templates: at least one, which compete.
            growth: sides of the searched region over the usual ones.
        """
        rule, answer, match = self.description.search, self.description.answer, self.description.match
        region = SearchRegion(rule.area(around, growth), rule.size)
        searched = self._seen(rule, frame, region.area, templates[0].outside)
        corner, scale = np.array([region.area.x, region.area.y, 0, 0]), np.array([*region.scale, *region.scale])
        given: dict[str, NDArray[np.generic]] = {match.search: searched}
        if self._early is not None:
            given |= self._early.run(given)
        shared = {name: given[name] for name in self._late_reads}
        boxes, confidences, settling, ratings = [], [], [], []
        for template in templates:
            outputs = given | self._late.run({**shared, match.template: template.features})
            boxes.append(read_boxes(answer, outputs, size=rule.size) / scale + corner)
            confidences.append(read_confidences(outputs[answer.confidences], answer.activation))
            settled, rating = rated(self.description.choice, boxes[-1], confidences[-1], around)
            settling.append(settled)
            ratings.append(rating)
        rows = np.stack(ratings)
        best_template, best_cell = np.unravel_index(int(rows.argmax()), rows.shape)
        return GuideAnswer(
            region.area,
            np.stack(boxes),
            np.stack(confidences),
            np.stack(settling),
            rows,
            (int(best_template), int(best_cell)),
        )

    def _seen(
        self, rule: CropRule, frame: AnyFrame, area: Box, outside: tuple[float, float, float]
    ) -> NDArray[np.float32]:
        """A part of the frame as the network that matches is given it."""
        planes = self._planes(frame, SearchRegion(area, rule.size), outside)
        if not rule.network:
            return planes
        features = self._networks[rule.network].run({rule.input: planes})[rule.output]
        return np.asarray(features, dtype=np.float32)

    def _planes(self, frame: AnyFrame, region: SearchRegion, outside: tuple[float, float, float]) -> Planes:
        """(1, 3, size, size) float32, in the order and scale that the networks expect."""
        pixels, size = self.description.pixels, (region.size, region.size)
        cut = cut_scaled(frame, region.area.x, region.area.y, scale=region.scale, size=size, pad_value=outside)
        planes = np.stack(cv2.split(cut)).astype(np.float32)
        planes -= np.array(pixels.mean, np.float32)[:, None, None]
        planes /= np.array(pixels.deviation, np.float32)[:, None, None]
        return np.ascontiguousarray(planes if pixels.colours == "rgb" else planes[::-1])[None]


def _model(description: GuideDescription, files: Mapping[str, bytes], name: str) -> bytes:
    with _named(description, name):
        if name not in files:
            raise WeightsError("it is missing")
        return without_declared_sizes(files[name]) if description.networks[name].takes_any_size else files[name]


@contextmanager
def _named(description: GuideDescription, name: str) -> Iterator[None]:
    """Whatever is wrong with a network says which one it is; onnxruntime raises classes that it does not name."""
    try:
        yield
    except Exception as error:
        raise WeightsError(f"{description.title}: {description.networks[name].file}: {error}") from error
