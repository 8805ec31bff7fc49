"""`--range`: which values of pictures with over 8 bits are black and white, remembered as in the window."""

from __future__ import annotations

from collections.abc import Callable

from dlst_gui.commands.running.errors import CommandError
from dlst_gui.video.pixel_range import RangeChoice


def remember_range(choose: Callable[[str], None], choice: RangeChoice | None) -> None:
    """Have something shown by the choice from now on; nothing where none was made.

    Args:
        choose: `choose_range` of `dlst_gui.api`, or a project's.
        choice: what was asked for.

    Raises:
        CommandError: there are no values of more than 8 bits, or the choice cannot be kept.
        VideoError: the images cannot be opened.
    """
    if choice is None:
        return
    try:
        choose(choice.text)
    except (ValueError, OSError) as error:
        raise CommandError(f"--range {choice.text}: {error}") from error
