import numpy as np

from dlst_gui.project.opening import ProjectOpener, identity_of
from dlst_gui.project.store import ProjectStore
from dlst_gui.project.video_identity import MatchKind, compare
from dlst_gui.video import open_source
from tests.large_project import Size, write_large_project


def test_large_project_when_written_then_it_opens_with_its_video(tmp_path):
    path = tmp_path / "large.dlst"

    write_large_project(path, Size(600, 2, manual_every=100))

    video = ProjectOpener(None).video_of(path)
    assert video == tmp_path / "large.mp4"
    with ProjectStore.open(path, read_only=True) as store, open_source(video) as source:
        project = store.read_project()
        assert compare(project.video, identity_of(source, video)).kind is MatchKind.SAME
    assert [track.track_id for track in project.tracks()] == [1, 2]
    shown = sum(int((project.state_codes(track, 0, 599) == 0).sum()) for track in (1, 2))
    assert shown == 0
    assert len(project.predictions(1)) + len(project.keyframes(1)) == 600 - 24 + 1


def test_large_project_when_all_is_manual_then_there_are_no_predictions(tmp_path):
    path = tmp_path / "large.dlst"

    write_large_project(path, Size(300, 1, manual_every=1))

    with ProjectStore.open(path, read_only=True) as store:
        project = store.read_project()
    assert not len(project.predictions(1))
    frames = [each.frame_index for each in project.keyframes(1)]
    assert len(frames) == 300 - 12 + 1
    assert np.all(np.diff(frames) > 0)
