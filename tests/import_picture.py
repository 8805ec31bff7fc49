"""How the program's rooms hang together: `python -m tests.import_picture [CHECKOUT]` prints one line.

A room is a module or a package directly in `dlst_gui`; an arrow leads from a room to one that it imports, however
many imports there are; floors are the rooms on the longest way down; a cycle is a set of rooms that reach each
other. Imports inside functions count, those for type checkers alone do not.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import grimp

PACKAGE = "dlst_gui"


def arrows_between_rooms(checkout: Path) -> dict[str, set[str]]:
    """Which rooms each room imports."""
    sys.path.insert(0, str(checkout))
    graph = grimp.build_graph(PACKAGE, exclude_type_checking_imports=True, cache_dir=None)
    rooms = graph.find_children(PACKAGE)
    for room in rooms:
        graph.squash_module(room)
    return {room: graph.find_modules_directly_imported_by(room) & rooms - {room} for room in rooms}


def picture(arrows: dict[str, set[str]]) -> str:
    """Counts of rooms, floors, arrows and cycles."""

    @cache
    def reached(room: str) -> frozenset[str]:
        found: set[str] = set()
        ahead = [room]
        while ahead:
            for each in arrows[ahead.pop()] - found:
                found.add(each)
                ahead.append(each)
        return frozenset(found)

    @cache
    def floors(room: str) -> int:
        below = (each for each in arrows[room] if room not in reached(each))
        return 1 + max(map(floors, below), default=0)

    cycles = {
        frozenset(each for each in reached(room) if room in reached(each))
        for room in arrows
        if room in reached(room)
    }
    return (
        f"{len(arrows)} rooms, {max(map(floors, arrows))} floors, {sum(map(len, arrows.values()))} arrows, "
        f"{len(cycles)} cycles"
    )


if __name__ == "__main__":
    checkout = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1])
    sys.stdout.write(f"{picture(arrows_between_rooms(checkout.resolve()))}\n")
