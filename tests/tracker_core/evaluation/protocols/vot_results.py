"""Made-up sequences and results in VOT's layout, which `tests.interop.vot_measures` gives to the official toolkit.

Paths are sums of sines, so that the files are the same everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import cos, hypot, pi, sin
from types import MappingProxyType

SIZE = (320, 240)
LENGTHS: Mapping[str, int] = MappingProxyType({"spin": 150, "drift": 420, "edge": 260})
REPETITIONS = 2
SKIPPED = 5


def center(name: str, frame: int) -> tuple[float, float]:
    reach = 150 if name == "edge" else 90  # the target of "edge" leaves the image by half
    return 160 + reach * sin(frame / 37 + len(name)), 120 + 70 * sin(frame / 23)


def truth_lines(name: str) -> list[str]:
    """Rotated rectangles; upright ones for "drift"."""
    lines = []
    for frame in range(LENGTHS[name]):
        (x, y), width, height = center(name, frame), 40 + 12 * sin(frame / 31), 26 + 6 * cos(frame / 19)
        if name == "drift":
            numbers = [x - width / 2, y - height / 2, width, height]
        else:
            angle = 0.6 * sin(frame / 45)
            corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
            numbers = [
                value
                for i, j in corners
                for value in (
                    x + i * width / 2 * cos(angle) - j * height / 2 * sin(angle),
                    y + i * width / 2 * sin(angle) + j * height / 2 * cos(angle),
                )
            ]
        lines.append(",".join(f"{value:.3f}" for value in numbers))
    return lines


def result_row(name: str, repetition: int, frame: int) -> tuple[float, float, float, float]:
    """Boxes near the target, ever farther off, until they lose it."""
    x, y = center(name, frame)
    off = 6 * sin(frame / 11 + repetition) + 0.09 * (frame % (170 + 60 * repetition)) ** 1.2
    width, height = 42 + 5 * sin(frame / 7), 28 + 4 * cos(frame / 13 + repetition)
    return x + off - width / 2, y + 0.4 * off - height / 2, width, height


def supervised_lines(name: str, repetition: int) -> list[str]:
    """A trajectory with codes: begun, tracked, failed where boxes are far off, left out, begun again."""
    lines, frame, is_begun = [], 0, False
    while frame < LENGTHS[name]:
        if not is_begun:
            lines.append("1")
            is_begun = True
            frame += 1
            continue
        x, y, width, height = result_row(name, repetition, frame)
        true_x, true_y = center(name, frame)
        if hypot(x + width / 2 - true_x, y + height / 2 - true_y) > 38:
            skipped = min(SKIPPED, LENGTHS[name] - frame)
            lines += ["2", *["0"] * (skipped - 1)]
            frame += skipped
            is_begun = False
            continue
        lines.append(",".join(f"{value:.4f}" for value in (x, y, width, height)))
        frame += 1
    return lines


def unsupervised_lines(name: str) -> list[str]:
    return ["1", *(",".join(f"{v:.4f}" for v in result_row(name, 0, i)) for i in range(1, LENGTHS[name]))]


def confidences(name: str) -> list[float | None]:
    """None on the first frame; ties, so that thresholds fall between equal ones."""
    later: Sequence[float] = [
        round(1 - 0.09 * (i % 170) ** 1.2 / 43 + 0.2 * sin(i * pi / 5), 2) for i in range(1, LENGTHS[name])
    ]
    return [None, *later]
