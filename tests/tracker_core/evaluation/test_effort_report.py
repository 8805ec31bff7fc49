from tracker_core.evaluation.effort import EffortRun, EffortScore, SystemEffort
from tracker_core.evaluation.effort_log import End
from tracker_core.evaluation.effort_report import effort_object, format_effort


def run(sequence: str, corrections: int, seed: int = 0, end: End = End.COMPLETED) -> EffortRun:
    if end is not End.COMPLETED:
        return EffortRun(sequence, seed, 0.5, EffortScore(50, corrections, 0, end, None, None, None, "at\n3"))
    return EffortRun(sequence, seed, 0.5, EffortScore(50, corrections, 1, end, 0.75, 0.02, 5.0))


HOLD = SystemEffort("hold", (run("A", 9), run("A", 19, seed=1), run("B", 4), run("B", 4, seed=1)))
OURS = SystemEffort("ours", (run("A", 4), run("A", 4, seed=1), run("B", 1, end=End.FAILED)))


def test_report_when_printed_then_shows_sequences_systems_and_differences() -> None:
    sequences, systems, differences, failures = format_effort((HOLD, OURS), (0.5,)).split("\n\n")
    rows = [line.split() for line in sequences.splitlines()]
    # A: 10 and 20 of 50 frames; B: 5 of 50. A failed run is 100.
    assert rows[3:6] == [["A", "30.0", "10.0"], ["B", "10.0", "100.0"], ["mean", "20.0", "55.0"]]
    assert rows[6] == ["95", "%", "[10.0,", "30.0]", "[10.0,", "100.0]"]
    assert [line.split()[1:] for line in systems.splitlines()[3:]] == [
        ["0.5", "0.750", "0.020", "5.0", "0", "of", "4"],
        ["0.5", "0.750", "0.020", "5.0", "1", "of", "3"],
    ]
    assert differences.splitlines()[0] == "ours, paired by sequence"
    assert failures.splitlines()[3].split() == ["ours", "0.5", "B", "0", "failed", "at", "3"]
    assert differences.splitlines()[3].split() == ["minus", "hold", "0.5", "+35.0", "[-20.0,", "90.0]"]


def test_report_when_written_then_names_every_pair_once() -> None:
    found = effort_object((HOLD, OURS), (0.5, 0.7), is_complete=True)
    assert found["differences"] == [
        {"iou": 0.5, "system": "ours", "minus": "hold", "per_100": 35, "low": -20, "high": 90}
    ]
    assert [len(system["by_iou"]) for system in found["systems"]] == [1, 1]
    assert found["draw_all"] == 100
    assert found["systems"][1]["by_iou"][0]["failed_runs"] == 1


def test_report_when_there_is_one_system_and_one_sequence_then_has_neither_interval_nor_difference() -> None:
    alone = SystemEffort("hold", (run("A", 9),))
    sequences, systems = format_effort((alone,), (0.5,)).split("\n\n")
    assert sequences.splitlines()[-1].split() == ["95", "%", "-"]
    assert systems.splitlines()[-1].split()[:2] == ["hold", "0.5"]
    assert effort_object((alone,), (0.5,), is_complete=False)["systems"][0]["by_iou"][0]["low"] is None
