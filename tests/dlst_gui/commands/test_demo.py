from pathlib import Path

import pytest

from dlst_gui.cli import main
from dlst_gui.commands.running.display import has_display
from tests.dlst_gui.commands.command_fakes import FakeFactory, write_truth
from tests.fakes import SyntheticVideo
from tests.made_videos import write_video


def test_demo_when_there_is_no_display_then_tracks_the_clip_and_says_where_the_files_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, video: SyntheticVideo
) -> None:
    clip = write_video(tmp_path / "demo.mp4", frames=[video.read(index) for index in range(video.frame_count)])
    write_truth(tmp_path / "demo_groundtruth.txt", video, range(video.frame_count))
    monkeypatch.setattr("dlst_gui.commands.running.shipped_clip.demo_clip", lambda: clip)
    monkeypatch.setattr("dlst_gui.commands.demo.has_display", lambda: False)
    factory = FakeFactory()
    command = ["demo", "--out", str(tmp_path / "output"), "--stop", "3", "--speed", "exact"]
    command += ["--guide", "vittrack"]
    assert main(command, make_tracker=factory) == 0
    assert (factory.settings[0].speed, factory.settings[0].guide) == ("exact", "vittrack")
    printed = capsys.readouterr()
    assert "no display" in printed.err
    assert "4 frames" in printed.out
    assert "(exact +vittrack)" in printed.out
    assert "against ground truth: AUC" in printed.out
    files = sorted((tmp_path / "output").iterdir())
    assert [file.name for file in files] == ["demo.txt", "demo.txt.export.json", "demo_tracked.mp4"]
    assert all(str(file) in printed.err for file in files)


def test_demo_when_there_is_a_display_then_the_window_gets_speed_and_guide(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened = []
    monkeypatch.setattr("dlst_gui.commands.demo.has_display", lambda: True)
    monkeypatch.setattr("dlst_gui.app.run_gui", lambda source, **settings: opened.append(settings) or 0)
    assert main(["demo", "--speed", "fast", "--device", "cpu", "--guide", "fear-xs"]) == 0
    assert opened == [
        {"preset": "dlst-studio", "speed": "fast", "guide": "fear-xs", "device": "cpu", "tracks_at_once": True}
    ]


def test_demo_when_the_clip_is_missing_then_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dlst_gui.commands.running.shipped_clip.demo_clip", lambda: None)
    assert main(["demo", "--headless"]) == 2
    assert "demo.mp4 is missing" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("environment", "expected"),
    [({}, False), ({"DISPLAY": ":0"}, True), ({"WAYLAND_DISPLAY": "wayland-0"}, True), ({"DISPLAY": ""}, False)],
)
def test_display_when_on_linux_then_the_environment_says_so(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: bool
) -> None:
    monkeypatch.setattr("platform.system", lambda: "Linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert has_display() is expected
