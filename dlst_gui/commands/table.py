"""The commands there are, in the order of the help. A new one is a module or folder, and its row here."""

from __future__ import annotations

from dlst_gui.commands import demo, gui, import_, keyframes
from dlst_gui.commands.batch import command as batch
from dlst_gui.commands.benchmark import command as benchmark
from dlst_gui.commands.effort import command as effort
from dlst_gui.commands.evaluate import command as evaluate
from dlst_gui.commands.explain import command as explain
from dlst_gui.commands.export import command as export
from dlst_gui.commands.formats import command as formats
from dlst_gui.commands.grammar.command import Command
from dlst_gui.commands.label_set import command as label_set
from dlst_gui.commands.salvage import command as salvage
from dlst_gui.commands.soak import command as soak
from dlst_gui.commands.track import command as track
from dlst_gui.commands.trax import command as trax
from dlst_gui.commands.weights import command as weights

COMMANDS: tuple[Command, ...] = (
    gui.COMMAND,
    track.COMMAND,
    batch.COMMAND,
    evaluate.COMMAND,
    explain.COMMAND,
    export.COMMAND,
    import_.COMMAND,
    keyframes.COMMAND,
    label_set.COMMAND,
    salvage.COMMAND,
    formats.COMMAND,
    effort.COMMAND,
    benchmark.COMMAND,
    soak.COMMAND,
    trax.COMMAND,
    weights.COMMAND,
    demo.COMMAND,
)
