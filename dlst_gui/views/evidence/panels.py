"""All panels of evidence; a new one is a module or folder beside this one, and a `PanelSpec` here."""

from __future__ import annotations

from dlst_gui.views.evidence.candidates.candidates_panel import CandidatesPanel
from dlst_gui.views.evidence.compare.compare_panel import ComparePanel
from dlst_gui.views.evidence.memory.memory_panel import MemoryPanel
from dlst_gui.views.evidence.panel_spec import PanelSpec, Place
from dlst_gui.views.evidence.response_panel import ResponsePanel
from dlst_gui.views.evidence.sampling.sampling_panel import SamplingPanel

PANELS: tuple[PanelSpec, ...] = (
    PanelSpec(
        name="candidates-panel",
        title="Candidates",
        text="&Candidates",
        tip="List all candidates with their scores; rows light up in the picture",
        make=CandidatesPanel,
        keys=("Shift+D",),
    ),
    PanelSpec(
        name="memory-panel",
        title="Memory",
        text="&Memory",
        tip="Show what the tracker has learned from, and what it would do without some of it",
        make=MemoryPanel,
        keys=("Shift+N",),
    ),
    PanelSpec(
        name="response-panel",
        title="Response Map",
        text="&Response Map",
        tip="Show the localiser's response map large, with the value under the mouse",
        make=ResponsePanel,
        keys=("Shift+I",),
        place=Place.DOCK,
    ),
    PanelSpec(
        name="sampling-panel",
        title="Sampling",
        text="&Sampling",
        tip="Show where candidates are drawn, how well they cover the object, and what other constants would draw",
        make=SamplingPanel,
        keys=("Ctrl+Alt+S",),
    ),
    PanelSpec(
        name="compare-panel",
        title="Compare",
        text="Com&pare",
        tip="Compare what-ifs with the real boxes, or with each other, frame by frame",
        make=ComparePanel,
        keys=("Alt+C",),
    ),
)
"""In the order of their tabs and of the menu."""
