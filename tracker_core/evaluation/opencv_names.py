"""Which of OpenCV's trackers there are; told without loading OpenCV."""

from collections.abc import Mapping
from types import MappingProxyType

OPENCV_TRACKERS: Mapping[str, str] = MappingProxyType(
    {"csrt": "TrackerCSRT_create", "mil": "TrackerMIL_create", "kcf": "TrackerKCF_create"}
)
"""Name a user types -> the function of cv2 that makes the tracker."""

SEEDED_TRACKERS = frozenset({"mil"})
"""The others draw nothing at random."""
