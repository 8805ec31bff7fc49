import pytest

from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.running.system_choice import check_systems


def test_systems_when_each_has_what_is_asked_for_then_nothing_is_said() -> None:
    check_systems(("dlst", "mdnet-nh"), details="paper", without=("score-map", "rare-mining"))
    check_systems(("dlst", "dlst-studio"), details="code", without=("rare-mining",))


def test_systems_when_one_is_not_of_table_1_then_details_are_refused() -> None:
    with pytest.raises(
        CommandError, match=r"--details paper: details apply to .* Table 1, and dlst-studio is none"
    ):
        check_systems(("dlst", "dlst-studio"), details="paper", without=())


def test_systems_when_one_lacks_a_step_then_names_it_and_those_there_are() -> None:
    with pytest.raises(
        CommandError, match=r"--without score-map: dlst-studio has no such step, only .*rare-mining"
    ):
        check_systems(("dlst-studio",), details="code", without=("score-map", "rare-mining"))


def test_systems_when_one_follows_no_guide_then_says_which_does() -> None:
    check_systems(("dlst-studio",), guides=("", "fear-xs"))
    check_systems(("dlst",), guides=("",))
    with pytest.raises(CommandError, match=r"--guide vittrack: dlst follows no guide; .* --preset dlst-studio"):
        check_systems(("dlst-studio", "dlst"), guides=("", "vittrack"))
