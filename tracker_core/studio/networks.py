"""The frozen networks of the default system, made once for all targets that look with the same weights."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

import torch

from tracker_core.backbone_weights import BackboneWeights
from tracker_core.config import DLSTConfig
from tracker_core.studio.matching_head import MatchingHead
from tracker_core.studio.trunk import Trunk

_KEPT = 2  # of what was used last: weights that are compared with each other


@dataclass(frozen=True, slots=True)
class StudioNetworks:
    """What is the same for every target; may be used by several threads at once.

    Attributes:
        trunk: not yet fitted to a target.
        head: finds templates.
    """

    trunk: Trunk
    head: MatchingHead

    @classmethod
    def of(cls, config: DLSTConfig, backbone: BackboneWeights, device: torch.device) -> StudioNetworks:
        """Those made before for the same object of weights, where they are among the last used; else new ones.

        Raises:
            WeightsError: the backbone has no matching head, or other layers.
        """
        key = (device, config.precision, config.speed.int8_convolutions, torch.get_num_threads())
        with _lock:
            for at, (weights, made_for, networks) in enumerate(_latest):
                if weights is backbone and made_for == key:
                    _latest.insert(0, _latest.pop(at))
                    return networks
            head = MatchingHead(backbone.extra_tensors, device)
            networks = cls(Trunk(config, backbone, device), head)
            _latest.insert(0, (backbone, key, networks))
            del _latest[_KEPT:]
            return networks


_Key = tuple[torch.device, str, bool, int]
_latest: list[tuple[BackboneWeights, _Key, StudioNetworks]] = []  # the last used first
_lock = Lock()
