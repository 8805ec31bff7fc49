"""What a project offers before anybody has said otherwise."""

from __future__ import annotations

from dlst_gui.project.attributes import TRUNCATED, Attribute, AttributeKind, AttributeScope
from dlst_gui.project.label_set_edits import OfferedLabels

SHIPPED = OfferedLabels(
    attributes=(Attribute(1, TRUNCATED, AttributeKind.YES_NO, AttributeScope.UNTIL_CHANGED, hotkey="1"),)
)
"""*Occluded* and *outside* are marks of their own, and need no attribute."""
