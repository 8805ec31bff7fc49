import pytest

from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.running.speed_choice import chosen_speeds


@pytest.mark.parametrize(
    ("asked", "without", "device", "expected"),
    [
        (None, (), "cpu", ("fast",)),
        (None, (), "cuda", ("exact",)),
        (None, ("few-cells",), "cpu", ("fast",)),
        (("exact", "fast"), ("few-cells",), "cuda", ("exact", "fast")),
    ],
    ids=["processor", "gpu", "steps", "both"],
)
def test_speeds_when_asked_for_then_they_go_before_the_device(asked, without, device, expected) -> None:
    assert chosen_speeds(asked, without, device=device) == expected


def test_speeds_when_a_gpu_would_be_exact_then_steps_to_leave_out_ask_for_fast() -> None:
    with pytest.raises(CommandError, match=r"exact, the default on cuda, has no steps .* add --speed fast"):
        chosen_speeds(None, ("few-cells",), device="cuda")
