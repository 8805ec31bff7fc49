"""Backbone weights: files of several formats, a store of them by name, VGG-M from its authors' site; and guides.

A name is loaded from its module when it is first asked for (PEP 562): what backbones are called is told without
torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracker_core.guides.names import GUIDE_FAMILIES, GUIDE_NAMES
    from tracker_core.weights.download import fetch_vgg_m
    from tracker_core.weights.guide_download import fetch_guide, guides_of
    from tracker_core.weights.guide_store import (
        GuideEntry,
        import_guides,
        is_guide_network,
        list_guides,
        load_guide,
    )
    from tracker_core.weights.names import DEFAULT_NAME, RANDOM_NAME, STUDIO_NAME, VGG_M_NAME
    from tracker_core.weights.resumable_download import OnBytes
    from tracker_core.weights.safetensors_file import save_backbone, tensor_sha256
    from tracker_core.weights.store import (
        BackboneEntry,
        BackboneOrigin,
        default_folder,
        import_weights,
        list_backbones,
        load_backbone,
        shipped_entries,
        store_backbone,
        stored_entry,
    )
    from tracker_core.weights.untrained import random_backbone

__all__ = [
    "DEFAULT_NAME",
    "GUIDE_FAMILIES",
    "GUIDE_NAMES",
    "RANDOM_NAME",
    "STUDIO_NAME",
    "VGG_M_NAME",
    "BackboneEntry",
    "BackboneOrigin",
    "GuideEntry",
    "OnBytes",
    "default_folder",
    "fetch_guide",
    "fetch_vgg_m",
    "guides_of",
    "import_guides",
    "import_weights",
    "is_guide_network",
    "list_backbones",
    "list_guides",
    "load_backbone",
    "load_guide",
    "random_backbone",
    "save_backbone",
    "shipped_entries",
    "store_backbone",
    "stored_entry",
    "tensor_sha256",
]

_HOMES = {
    "weights.download": ("fetch_vgg_m",),
    "guides.names": ("GUIDE_FAMILIES", "GUIDE_NAMES"),
    "weights.guide_download": ("fetch_guide", "guides_of"),
    "weights.guide_store": ("GuideEntry", "import_guides", "is_guide_network", "list_guides", "load_guide"),
    "weights.names": ("DEFAULT_NAME", "RANDOM_NAME", "STUDIO_NAME", "VGG_M_NAME"),
    "weights.resumable_download": ("OnBytes",),
    "weights.safetensors_file": ("save_backbone", "tensor_sha256"),
    "weights.store": (
        *("BackboneEntry", "BackboneOrigin", "default_folder", "import_weights", "list_backbones"),
        *("load_backbone", "shipped_entries", "store_backbone", "stored_entry"),
    ),
    "weights.untrained": ("random_backbone",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name in _HOME_OF:
        return getattr(import_module(f"tracker_core.{_HOME_OF[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
