"""Brings a label set from one place to another, and tells what it holds."""

from __future__ import annotations

from pathlib import Path

from dlst_gui.commands.label_set.command import LabelSetOptions
from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.running.terminal import answer, answer_json, say
from dlst_gui.counting import counted
from dlst_gui.formats.errors import FormatError
from dlst_gui.label_set.label_set_file import LabelSetFormat, read_label_set, write_label_set
from dlst_gui.project.attributes import Attribute
from dlst_gui.project.edit_parts import EditError
from dlst_gui.project.history import EditHistory
from dlst_gui.project.label_set_edits import OfferedLabels, take_label_set
from dlst_gui.project.opening import COMMANDS_WAIT_S
from dlst_gui.project.placement import SUFFIX
from dlst_gui.project.store import ProjectStore


def run_label_set(options: LabelSetOptions) -> int:
    """Returns the exit status; FormatError and ProjectFileError for what cannot be read or written."""
    offered, notices = _read(options.source)
    if options.to is None:
        told = str(options.source)
    elif options.to.suffix == SUFFIX:
        _take(offered, options.to, replaces=options.replace)
        told = f"{options.to}: took"
    else:
        told = f"{options.to}: wrote"
        _write(offered, options.to, options.format)
    for notice in notices:
        say(notice)
    if options.json:
        answer_json(
            {
                "labels": [label.name for label in offered.labels],
                "attributes": [attribute.name for attribute in offered.attributes],
                "notices": list(notices),
                "to": None if options.to is None else str(options.to),
            }
        )
        return 0
    labels, attributes = counted(len(offered.labels), "label"), counted(len(offered.attributes), "attribute")
    answer(f"{told}{':' if options.to is None else ''} {labels}, {attributes}")
    if options.to is None:
        for line in (*(f"  {label.name}" for label in offered.labels), *map(_line, offered.attributes)):
            answer(line)
    return 0


def _read(source: Path) -> tuple[OfferedLabels, tuple[str, ...]]:
    if source.suffix != SUFFIX:
        read = read_label_set(source)
        return read.offered, read.notices
    with ProjectStore.open(source, read_only=True) as store:
        return OfferedLabels.of(store.read_project()), ()


def _take(offered: OfferedLabels, path: Path, *, replaces: bool) -> None:
    with ProjectStore.open(path, wait_s=COMMANDS_WAIT_S) as store:
        project = store.read_project()
        try:
            EditHistory(project, store).do(take_label_set(project, offered, replaces=replaces))
        except EditError as error:
            raise CommandError(f"{path}: {error}") from error


def _write(offered: OfferedLabels, path: Path, name: str | None) -> None:
    by_name = LabelSetFormat(name or ("label-studio" if path.suffix.lower() == ".xml" else "json"))
    if path.exists():
        try:
            read_label_set(path)
        except FormatError as error:
            raise CommandError(f"{path} is no label set and is not replaced; choose another name") from error
    try:
        write_label_set(offered, path, by_name)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror or error}") from error


def _line(attribute: Attribute) -> str:
    kind = ", ".join(attribute.choices) if attribute.choices else attribute.kind.value
    required = ", required" if attribute.is_required else ""
    of = f" of {', '.join(attribute.labels)}" if attribute.labels else ""
    return f"  {attribute.name}{of}: {kind} ({attribute.scope.value}{required})"
