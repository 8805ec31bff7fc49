"""Which trackers of others there are; told without loading OpenCV."""

from collections.abc import Mapping
from types import MappingProxyType

from tracker_core.guides.names import GUIDE_NAMES

OPENCV_TRACKERS: Mapping[str, str] = MappingProxyType(
    {"csrt": "TrackerCSRT_create", "mil": "TrackerMIL_create", "kcf": "TrackerKCF_create"}
)
"""Name a user types -> the function of cv2 that makes the tracker."""

OPENCV_NETWORKS: Mapping[str, str] = MappingProxyType({"opencv-nano": "nanotrack-v2", "opencv-vit": "vittrack"})
"""Name of a tracker of OpenCV's that runs a network -> the guide that has its files."""

PEER_NAMES = (*OPENCV_TRACKERS, *OPENCV_NETWORKS, *GUIDE_NAMES)
"""All that can be compared with on the same frames."""

SEEDED_TRACKERS = frozenset({"mil"})
"""The others draw nothing at random."""
