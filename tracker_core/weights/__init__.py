"""Backbone weights: files of several formats, a store of them by name, and VGG-M from its authors' site.

A name is loaded from its module when it is first asked for (PEP 562): what backbones are called is told without
torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracker_core.weights.download import fetch_vgg_m
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
    "RANDOM_NAME",
    "STUDIO_NAME",
    "VGG_M_NAME",
    "BackboneEntry",
    "BackboneOrigin",
    "OnBytes",
    "default_folder",
    "fetch_vgg_m",
    "import_weights",
    "list_backbones",
    "load_backbone",
    "random_backbone",
    "save_backbone",
    "shipped_entries",
    "store_backbone",
    "stored_entry",
    "tensor_sha256",
]

_HOMES = {
    "download": ("fetch_vgg_m",),
    "names": ("DEFAULT_NAME", "RANDOM_NAME", "STUDIO_NAME", "VGG_M_NAME"),
    "resumable_download": ("OnBytes",),
    "safetensors_file": ("save_backbone", "tensor_sha256"),
    "store": (
        *("BackboneEntry", "BackboneOrigin", "default_folder", "import_weights", "list_backbones"),
        *("load_backbone", "shipped_entries", "store_backbone", "stored_entry"),
    ),
    "untrained": ("random_backbone",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name in _HOME_OF:
        return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
