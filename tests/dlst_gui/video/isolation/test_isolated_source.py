"""Sources in processes of their own: the same frames, and what is left when such a process is not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dlst_gui.video import VideoError, open_source
from dlst_gui.video.isolation.isolated_opener import IsolatedOpener
from dlst_gui.video.isolation.isolated_source import IsolatedSource, Patience
from dlst_gui.video.video_source import DecoderCrashError, OpeningStopped, OpeningWatch
from tests.dlst_gui.video.isolation.stand_ins import MODULES_OPENER, OPENER, stand_in_frame, write_stand_in
from tests.made_videos import GROUP_OF_12, VIDEO_KINDS, painted_frame, write_video
from tests.processes import has_ended

REPOSITORY = Path(__file__).resolve().parents[4]


@pytest.fixture(scope="module")
def open_isolated() -> Iterator[IsolatedOpener]:
    with IsolatedOpener() as made:
        yield made


@pytest.fixture(scope="module")
def open_stand_in() -> Iterator[IsolatedOpener]:
    with IsolatedOpener(OPENER) as made:
        yield made


def otb_sequence(folder: Path) -> Path:
    (folder / "img").mkdir()
    for i in range(6):
        Image.fromarray(painted_frame(i)).save(folder / "img" / f"{i:04d}.png")
    (folder / "groundtruth_rect.txt").write_text("1,2,30,40\n" * 4 + "\n5,6,7.5,8\n")
    return folder / "img"


def with_ground_truth(folder: Path) -> Path:
    (folder / "a_groundtruth.txt").write_text("1,2,30,40\n" * 7)
    return write_video(folder / "a.mp4")


def cut_off(folder: Path) -> Path:
    whole = write_video(folder / "whole.mkv", options={"x264-params": GROUP_OF_12})
    path = folder / "cut.mkv"
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    return path


def pages(folder: Path) -> Path:
    first, *others = (Image.fromarray(painted_frame(i)) for i in range(6))
    first.save(folder / "only.tif", save_all=True, append_images=others)
    return folder


KINDS = VIDEO_KINDS | {
    "images": otb_sequence,
    "pages": pages,
    "boxes beside": with_ground_truth,
    "cut off": cut_off,
}


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS.keys())
def test_source_when_isolated_then_it_says_and_reads_what_the_source_itself_does(
    make: Callable[[Path], Path], tmp_path: Path, open_isolated: IsolatedOpener
) -> None:
    path = make(tmp_path)
    with open_source(path) as plain, open_isolated(path) as isolated:
        count = plain.frame_count
        for name in ("path", "name", "frame_count", "width", "height", "nominal_fps", "ground_truth", "notice"):
            assert getattr(isolated, name) == getattr(plain, name), name
        assert [isolated.timestamp_s(i) for i in range(count)] == [plain.timestamp_s(i) for i in range(count)]
        forward, back, jumps = list(range(count)), [4, 3, 2, 1, 0], [count - 1, 0, 0, count // 2, 1, 2, 4, 5, 3]
        for i in forward + back + jumps:
            assert np.array_equal(isolated.read(i), plain.read(i)), f"frame {i}"
        assert isolated.notice == plain.notice
        for index in (-1, count):
            with pytest.raises(VideoError) as expected:
                plain.read(index)
            with pytest.raises(VideoError, match=str(expected.value)):
                isolated.read(index)


def test_read_when_a_frame_is_drawn_on_then_other_reads_are_clean(
    tmp_path: Path, open_stand_in: IsolatedOpener
) -> None:
    with open_stand_in(write_stand_in(tmp_path / "clip")) as source:
        first = source.read(7)
        first[:] = 0
        assert np.array_equal(source.read(8), stand_in_frame(8))
        assert np.array_equal(source.read(7), stand_in_frame(7))
        assert first.flags.owndata
        assert first.flags.c_contiguous


def test_read_when_a_file_is_no_video_then_the_error_is_the_usual_one(
    tmp_path: Path, open_isolated: IsolatedOpener
) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("no video")
    with pytest.raises(VideoError) as expected:
        open_source(path)
    with pytest.raises(VideoError) as told:
        open_isolated(path)
    assert str(told.value) == str(expected.value)


def test_process_when_it_waits_for_its_file_then_it_has_loaded_what_decodes_and_nothing_heavy(
    tmp_path: Path,
) -> None:
    with IsolatedOpener(MODULES_OPENER) as opener, pytest.raises(VideoError, match=r"loaded: \['av', 'numpy'\]"):
        opener(tmp_path)


@pytest.mark.logs_warnings
def test_read_when_the_decoder_crashes_then_the_error_names_file_and_frame_and_others_can_be_read(
    tmp_path: Path, open_stand_in: IsolatedOpener
) -> None:
    with open_stand_in(write_stand_in(tmp_path / "clip", crashes=[7])) as source:
        before = source.process_id
        with pytest.raises(
            DecoderCrashError, match=r"clip: frame 7 .* the decoder crashed \(signal 11, SIGSEGV\)\."
        ):
            source.read(7)
        assert np.array_equal(source.read(8), stand_in_frame(8))
        assert source.process_id not in (None, before)


@pytest.mark.logs_warnings
def test_read_when_a_frame_has_crashed_decoders_twice_then_it_is_refused_wherever_the_video_is_read(
    tmp_path: Path, open_stand_in: IsolatedOpener
) -> None:
    path = write_stand_in(tmp_path / "clip", crashes=[7])
    with open_stand_in(path) as source, open_stand_in(path) as other:
        for _ in range(2):
            with pytest.raises(DecoderCrashError):
                source.read(7)
        source.read(0)
        process = source.process_id, other.process_id
        for each in (source, other):
            with pytest.raises(VideoError, match="frame 7 is not read any more") as refused:
                each.read(7)
            assert not isinstance(refused.value, DecoderCrashError)
            for i in (5, 6):  # nor is it decoded ahead
                each.read(i)
        assert (source.process_id, other.process_id) == process


@pytest.mark.logs_warnings
def test_read_when_in_order_then_the_frames_before_a_crash_are_there(
    tmp_path: Path, open_stand_in: IsolatedOpener
) -> None:
    with open_stand_in(write_stand_in(tmp_path / "clip", crashes=[7])) as source:
        for i in range(7):
            assert np.array_equal(source.read(i), stand_in_frame(i))
        with pytest.raises(DecoderCrashError, match="frame 7 cannot be read"):
            source.read(7)
        assert np.array_equal(source.read(6), stand_in_frame(6))


@pytest.mark.logs_warnings
def test_read_when_a_crash_was_an_accident_then_the_next_try_reads_the_frame(
    tmp_path: Path, open_stand_in: IsolatedOpener
) -> None:
    with open_stand_in(write_stand_in(tmp_path / "clip", crashes_once=[7])) as source:
        with pytest.raises(DecoderCrashError, match="is tried again"):
            source.read(7)
        assert np.array_equal(source.read(7), stand_in_frame(7))


@pytest.mark.logs_warnings
def test_open_when_the_decoder_crashes_then_the_error_says_so_and_the_next_file_opens(
    tmp_path: Path, open_stand_in: IsolatedOpener
) -> None:
    with pytest.raises(
        DecoderCrashError, match=r"bad cannot be opened, because the decoder crashed \(signal 11, SIGSEGV\)"
    ):
        open_stand_in(write_stand_in(tmp_path / "bad", opening="crashes"))
    with open_stand_in(write_stand_in(tmp_path / "good")) as source:
        assert source.read(3).shape == (120, 160, 3)


@pytest.mark.logs_warnings
def test_read_when_the_decoder_hangs_then_it_is_ended_and_others_can_be_read(tmp_path: Path) -> None:
    clip = write_stand_in(tmp_path / "clip", hangs=[7])
    with IsolatedOpener(OPENER, Patience(frame_s=1.0)) as opener, opener(clip) as source:
        hung = source.process_id
        for _ in range(3):  # it may only wait for a network, so it is not refused
            with pytest.raises(DecoderCrashError, match=r"frame 7 .* did not answer for 1 s and was ended"):
                source.read(7)
        assert hung is not None
        assert has_ended(hung)
        assert source.process_id is None


def test_read_when_the_process_was_killed_while_idle_then_another_one_reads_on(
    tmp_path: Path, open_stand_in: IsolatedOpener
) -> None:
    with open_stand_in(write_stand_in(tmp_path / "clip")) as source:
        source.read(3)
        assert source.process_id is not None
        os.kill(source.process_id, signal.SIGKILL)
        wait_until(lambda pid=source.process_id: has_ended(pid))
        assert np.array_equal(source.read(9), stand_in_frame(9))


@pytest.mark.logs_warnings
def test_open_when_the_process_is_killed_then_the_file_is_not_called_damaged(
    tmp_path: Path, open_stand_in: IsolatedOpener
) -> None:
    with pytest.raises(DecoderCrashError, match=r"runs short\. Close other programs, and open it again$"):
        open_stand_in(write_stand_in(tmp_path / "clip", opening="is_killed"))


@pytest.mark.logs_warnings
def test_read_when_the_process_is_killed_meanwhile_then_the_error_says_so(
    tmp_path: Path, open_stand_in: IsolatedOpener
) -> None:
    with open_stand_in(write_stand_in(tmp_path / "clip", is_killed=[7])) as source:
        with pytest.raises(
            DecoderCrashError, match=r"was killed \(signal 9\), as the system does where memory runs short"
        ):
            source.read(7)
        assert source.process_id is None


def test_read_when_another_thread_closes_the_source_then_it_fails_at_once(
    tmp_path: Path, open_stand_in: IsolatedOpener
) -> None:
    with ThreadPoolExecutor(1) as pool:
        source = open_stand_in(write_stand_in(tmp_path / "clip", hangs=[7]))
        reading = pool.submit(source.read, 7)
        source.close()
        source.close()
        with pytest.raises(VideoError, match="clip is closed; open it again"):
            reading.result()


def test_open_when_the_watch_says_stop_then_it_ends_though_the_decoder_hangs(
    tmp_path: Path, open_stand_in: IsolatedOpener
) -> None:
    told: list[float] = []
    watch = OpeningWatch(told.append, should_stop=lambda: len(told) == 2)
    path = write_stand_in(tmp_path / "clip", progress=[0.25, 0.5], opening="hangs")
    with open_stand_in(write_stand_in(tmp_path / "other")) as other:
        with pytest.raises(OpeningStopped):
            open_stand_in(path, watch)
        assert told == [0.25, 0.5]
        assert other.read(1).any(), "what is open stays"


def test_open_when_the_opener_is_closed_meanwhile_then_the_thread_that_waits_is_told(tmp_path: Path) -> None:
    waits = threading.Event()
    watch = OpeningWatch(should_stop=lambda: bool(waits.set()))
    with ThreadPoolExecutor(1) as pool, IsolatedOpener(OPENER) as opener:
        opening = pool.submit(opener, write_stand_in(tmp_path / "clip", opening="hangs"), watch)
        assert waits.wait(30)
        opener.close()
        with pytest.raises(OpeningStopped, match=r"opening .*clip was stopped"):
            opening.result()


@pytest.mark.logs_warnings
def test_open_when_it_gets_no_further_then_the_decoder_is_ended(tmp_path: Path) -> None:
    with (
        IsolatedOpener(OPENER, Patience(opening_s=0.5)) as opener,
        pytest.raises(DecoderCrashError, match="answer"),
    ):
        opener(write_stand_in(tmp_path / "clip", opening="hangs"))


def test_opener_when_it_is_closed_then_no_process_is_left_and_nothing_is_opened(tmp_path: Path) -> None:
    with IsolatedOpener(OPENER) as opener:
        source = opener(write_stand_in(tmp_path / "clip"))
        process = source.process_id
    assert process is not None
    assert has_ended(process)
    with pytest.raises(VideoError, match="closed"):
        source.read(0)
    with pytest.raises(VideoError, match="closing"):
        opener(tmp_path / "clip")


def test_read_when_it_takes_more_memory_than_allowed_then_the_error_says_so_and_others_can_be_read(
    tmp_path: Path, open_stand_in: IsolatedOpener
) -> None:
    with open_stand_in(write_stand_in(tmp_path / "clip", needs_memory=[7])) as source:
        before = source.process_id
        with pytest.raises(VideoError, match="frame 7 cannot be read: it takes more memory"):
            source.read(7)
        source.read(8)
        assert source.process_id == before


@pytest.mark.logs_warnings
def test_read_when_our_own_code_is_at_fault_then_the_log_has_the_traceback(
    tmp_path: Path, open_stand_in: IsolatedOpener, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_stand_in(tmp_path / "clip", has_fault=[7])
    with (
        open_stand_in(path) as source,
        pytest.raises(VideoError, match="frame 7 cannot be read: a fault of ours"),
    ):
        source.read(7)
    assert "in misbehave" in caplog.text


def test_read_when_the_video_was_replaced_by_another_before_a_restart_then_the_error_says_so(
    tmp_path: Path, open_stand_in: IsolatedOpener
) -> None:
    path = write_stand_in(tmp_path / "clip")
    with open_stand_in(path) as source:
        write_stand_in(path, frames=9)
        assert source.process_id is not None
        os.kill(source.process_id, signal.SIGKILL)
        wait_until(lambda pid=source.process_id: has_ended(pid))
        with pytest.raises(VideoError, match="has changed since it was opened"):
            source.read(3)


def test_process_when_it_is_interrupted_then_it_leaves_that_to_the_program(
    tmp_path: Path, open_stand_in: IsolatedOpener
) -> None:
    with open_stand_in(write_stand_in(tmp_path / "clip")) as source:
        before = source.process_id
        assert before is not None
        os.kill(before, signal.SIGINT)
        source.read(3)
        assert source.process_id == before


@pytest.mark.parametrize("frame", [3, 7], ids=["idle", "decoding without end"])
def test_process_when_the_program_is_killed_then_it_ends_and_nothing_is_left(frame: int, tmp_path: Path) -> None:
    clip = write_stand_in(tmp_path / "clip", hangs=[7])
    program = f"""
import threading
from pathlib import Path
from dlst_gui.video.isolation.isolated_opener import IsolatedOpener
source = IsolatedOpener({OPENER!r})(Path({str(clip)!r}))
threading.Thread(target=source.read, args=({frame},), daemon=True).start()
print(source.process_id, flush=True)
threading.Event().wait()
"""
    before = shared_memory_files()
    with subprocess.Popen([sys.executable, "-c", program], cwd=REPOSITORY, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        process = int(parent.stdout.readline())
        children = Path(f"/proc/{parent.pid}/task").glob("*/children")
        started = [int(word) for file in children for word in file.read_text().split()]
        assert process in started
        parent.kill()
    for each in started:
        wait_until(lambda pid=each: has_ended(pid))
    assert shared_memory_files() <= before


def test_sources_when_several_threads_open_and_close_them_then_all_frames_are_right(
    tmp_path: Path, open_stand_in: IsolatedOpener
) -> None:
    path = write_stand_in(tmp_path / "clip")

    def read_some(begin: int) -> bool:
        with open_stand_in(path) as source:
            frames = range(begin, begin + 10)
            return all(np.array_equal(source.read(i), stand_in_frame(i)) for i in frames)

    with ThreadPoolExecutor(3) as pool:
        assert all(pool.map(read_some, [0, 5, 10]))


def test_sources_when_closed_then_neither_threads_nor_descriptors_are_left(
    tmp_path: Path, open_stand_in: IsolatedOpener
) -> None:
    path = write_stand_in(tmp_path / "clip")

    def opened_and_closed() -> tuple[int, int]:
        with open_stand_in(path) as source:
            assert isinstance(source, IsolatedSource)
            source.read(0)
        del source
        wait_until(lambda: threading.active_count() <= threads)
        return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))

    threads = threading.active_count() + 1
    before = opened_and_closed()
    for _ in range(3):
        after = opened_and_closed()
    assert after[1] <= before[1] + 1  # the spare process may be starting


def wait_until(is_so: Callable[[], bool], timeout_s: float = 30.0) -> None:
    end_s = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < end_s, "waited in vain"
        time.sleep(0.01)


def shared_memory_files() -> set[str]:
    """Without the semaphores of `multiprocessing`: decoders have none, but tests beside this one may."""
    folder = Path("/dev/shm")
    names = {entry.name for entry in folder.iterdir()} if folder.is_dir() else set()
    return {name for name in names if not name.startswith("sem.mp-")}
