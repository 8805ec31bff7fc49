"""Backbone weights: files of several formats, a store of them by name, and VGG-M from its authors' site."""

from tracker_core.weights.download import VGG_M_NAME, fetch_vgg_m
from tracker_core.weights.resumable_download import OnBytes
from tracker_core.weights.safetensors_file import save_backbone, tensor_sha256
from tracker_core.weights.store import (
    DEFAULT_NAME,
    RANDOM_NAME,
    STUDIO_NAME,
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
