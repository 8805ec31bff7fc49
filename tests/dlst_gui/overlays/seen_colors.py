"""Colours as people see them: CIE L*a*b*, differences by CIEDE2000, and what is left without one kind of cone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Color = NDArray[np.float64]

_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])

# Source: Machado, Oliveira, Fernandes 2009, severity 1.0; in linear RGB.
SIGHTS: dict[str, NDArray[np.float64]] = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def of_hex(color: str) -> Color:
    """(3,) sRGB 0..1 of #rrggbb."""
    return np.array([int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)])


def seen(srgb: Color, sight: str = "usual") -> Color:
    """(3,) L*, a*, b* of an sRGB colour for somebody with a sight."""
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    relative = _XYZ @ np.clip(SIGHTS[sight] @ linear, 0, 1) / _WHITE
    curved = np.where(relative > (6 / 29) ** 3, np.cbrt(relative), relative / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array(
        [116 * curved[1] - 16, 500 * (curved[0] - curved[1]), 200 * (curved[1] - curved[2])], np.float64
    )


def difference(one: Color, other: Color) -> float:
    """CIEDE2000 of two colours in L*a*b*; about 2.3 can just be noticed. Source: Sharma, Wu, Dalal 2005."""
    (l_1, a_1, b_1), (l_2, a_2, b_2) = one, other
    mean_chroma = (np.hypot(a_1, b_1) + np.hypot(a_2, b_2)) / 2
    grow = 1.5 - 0.5 * np.sqrt(mean_chroma**7 / (mean_chroma**7 + 25**7))
    chroma_1, chroma_2 = np.hypot(grow * a_1, b_1), np.hypot(grow * a_2, b_2)
    hue_1, hue_2 = (np.degrees(np.arctan2(b, grow * a)) % 360 for a, b in ((a_1, b_1), (a_2, b_2)))
    is_grey = chroma_1 * chroma_2 == 0
    turn = 0.0 if is_grey else (hue_2 - hue_1 + 180) % 360 - 180
    hue = hue_1 + hue_2 if is_grey else (hue_1 + turn / 2) % 360
    d_light, d_chroma = l_2 - l_1, chroma_2 - chroma_1
    d_hue = 2 * np.sqrt(chroma_1 * chroma_2) * np.sin(np.radians(turn / 2))
    light, chroma = (l_1 + l_2) / 2, (chroma_1 + chroma_2) / 2
    waves = (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.2 * np.cos(np.radians(4 * hue - 63))
    )
    by_light = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    by_chroma, by_hue = 1 + 0.045 * chroma, 1 + 0.015 * chroma * waves
    turned = (
        -2 * np.sqrt(chroma**7 / (chroma**7 + 25**7)) * np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    )
    light_part, chroma_part, hue_part = d_light / by_light, d_chroma / by_chroma, d_hue / by_hue
    return float(np.sqrt(light_part**2 + chroma_part**2 + hue_part**2 + turned * chroma_part * hue_part))
