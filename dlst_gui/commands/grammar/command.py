"""What a command is: its name, its arguments, and what runs it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, NoReturn, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from dlst_gui.tracking.tracker_factory import MakeTracker

    RunParsed = Callable[[argparse.Namespace, MakeTracker], int]

Options = TypeVar("Options", bound="DataclassInstance")


@dataclass(frozen=True, slots=True)
class Command:
    """One command of `dlst`.

    Attributes:
        name: what a user types.
        summary: its line in `dlst --help`.
        add_arguments: gives its parser what it takes.
        run: does what was parsed, with what builds trackers; returns the exit status.
        is_group: whether it has commands of its own, which say what they do and take.
    """

    name: str
    summary: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: RunParsed
    is_group: bool = False

    def add_to(
        self, commands: argparse._SubParsersAction[argparse.ArgumentParser], *, with_arguments: bool
    ) -> None:
        """Add its parser; without its arguments only its line in the help of all commands is right."""
        parser = commands.add_parser(self.name, help=self.summary)
        if not with_arguments:
            return
        parser.description = f"{self.summary[0].upper()}{self.summary[1:]}."
        if not self.is_group:
            parser.add_argument("--verbose", action="store_true", help="show the traceback of an unexpected error")
        self.add_arguments(parser)


def with_options(kind: type[Options], run: Callable[[Options, MakeTracker], int]) -> RunParsed:
    """`run`, given the parsed arguments as a record, each field of which is named after its argument."""

    def run_parsed(arguments: argparse.Namespace, make_tracker: MakeTracker) -> int:
        options = kind(**{field.name: getattr(arguments, field.name) for field in fields(kind)})
        return run(options, make_tracker)

    return run_parsed


class OneLineParser(argparse.ArgumentParser):
    """Answers a mistake with one line instead of the whole usage."""

    def error(self, message: str) -> NoReturn:  # noqa: D102 - see argparse
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")
