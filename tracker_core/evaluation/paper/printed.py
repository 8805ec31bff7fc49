"""The numbers that the paper prints, as far as it has them in words: those of its plots are in pictures only.

Source: Yang, Liu, Zhang and Zhang, "Deep Location-Specific Tracking", ACM Multimedia 2017: Table 1, the text about
Figure 5 in section 4.3, Table 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

COLUMNS = ("IV", "OPR", "SV", "OCC", "DEF", "MB", "FM", "IPR", "OV", "BC", "LR")
"""Of Table 1, after the mean over the 100 sequences of OTB-2015."""

FIGURE_6 = ("IV", "IPR", "LR", "OV", "SV")
"""The attributes it has plots of, as its caption names them."""

NAMES: Mapping[str, str] = MappingProxyType(
    {
        "dlst": "DLST",
        "dlst-sloc": "DLST-sloc",
        "dlst-fc": "DLST-fc",
        "dlst-nloc": "DLST-nloc",
        "mdnet-nh": "MDNet-NH",
        "mdnet-nl": "MDNet-NL",
    }
)
"""The paper's names of our presets."""

DP: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "DLST": (91.4, 91.9, 91.0, 90.1, 86.6, 88.9, 89.6, 89.0, 91.4, 87.7, 92.3, 94.9),
        "DLST-sloc": (75.8, 78.2, 75.3, 74.3, 68.3, 72.1, 73.1, 69.8, 74.0, 65.9, 75.3, 60.1),
        "DLST-fc": (89.5, 86.4, 88.7, 88.6, 87.1, 87.0, 87.7, 87.3, 87.2, 84.4, 85.5, 87.8),
        "DLST-nloc": (88.8, 89.4, 88.2, 86.7, 82.5, 86.4, 85.3, 84.6, 89.8, 79.3, 88.6, 81.6),
        "MDNet-NH": (88.2, 87.0, 86.6, 87.1, 86.4, 84.9, 87.2, 87.4, 87.6, 84.6, 86.7, 89.9),
        "MDNet-NL": (78.7, 74.3, 78.7, 75.9, 72.9, 78.3, 74.3, 75.7, 76.4, 65.4, 68.8, 72.5),
    }
)
"""Table 1, percent: the mean, then `COLUMNS`."""

OS: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "DLST": (85.0, 86.6, 83.6, 80.7, 81.0, 80.1, 85.8, 82.1, 82.4, 78.7, 85.1, 79.6),
        "DLST-sloc": (69.1, 73.7, 66.7, 66.0, 61.4, 63.7, 70.6, 63.8, 64.7, 61.6, 69.1, 52.2),
        "DLST-fc": (83.5, 82.1, 80.5, 79.4, 81.6, 79.2, 85.0, 81.8, 78.9, 77.7, 77.4, 74.6),
        "DLST-nloc": (83.3, 85.3, 81.8, 78.4, 77.7, 78.6, 83.6, 79.8, 81.2, 72.4, 83.2, 69.8),
        "MDNet-NH": (81.7, 82.4, 79.9, 78.8, 80.9, 77.6, 85.9, 81.8, 79.3, 76.9, 79.5, 73.8),
        "MDNet-NL": (73.3, 70.6, 71.8, 68.5, 68.3, 70.6, 74.0, 72.0, 68.8, 58.7, 65.2, 60.7),
    }
)
"""The same of overlap success."""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A set of OTB sequences and what the paper says of DLST on it, in percent."""

    name: str
    auc: float
    dp: float


OTB_2013 = Benchmark("OTB-2013 (the paper's OTB50)", 70.2, 93.2)
OTB_2015 = Benchmark("OTB-2015 (the paper's OTB100)", 67.8, 91.4)


@dataclass(frozen=True, slots=True)
class VotRow:
    """A column of Table 2: expected average overlap, accuracy, failures per sequence."""

    name: str
    eao: float
    accuracy: float
    failures: float


TABLE_2 = (
    VotRow("EBT", 0.291, 0.44, 0.90),
    VotRow("DDC", 0.293, 0.53, 1.23),
    VotRow("Staple", 0.295, 0.54, 1.35),
    VotRow("MLDF", 0.311, 0.48, 0.83),
    VotRow("SSAT", 0.321, 0.57, 1.04),
    VotRow("TCNN", 0.325, 0.54, 0.96),
    VotRow("C-COT", 0.331, 0.52, 0.85),
    VotRow("DLST", 0.343, 0.55, 0.83),
)

# fmt: off
OTB_2013_SEQUENCES = frozenset((
    "Basketball", "Bolt", "Boy", "Car4", "CarDark", "CarScale", "Coke", "Couple", "Crossing", "David", "David2",
    "David3", "Deer", "Dog1", "Doll", "Dudek", "FaceOcc1", "FaceOcc2", "Fish", "FleetFace", "Football",
    "Football1", "Freeman1", "Freeman3", "Freeman4", "Girl", "Ironman", "Jogging-1", "Jogging-2", "Jumping",
    "Lemming", "Liquor", "Matrix", "Mhyang", "MotorRolling", "MountainBike", "Shaking", "Singer1", "Singer2",
    "Skating1", "Skiing", "Soccer", "Subway", "Suv", "Sylvester", "Tiger1", "Tiger2", "Trellis", "Walking",
    "Walking2", "Woman"
))
# fmt: on
"""The 51 targets of the CVPR 2013 benchmark. Source: its toolkit's sequence list."""
