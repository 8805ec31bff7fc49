"""Trials of `dlst batch` that take too long for the suite; each prints a table.

python -m tests.batch_trials clips DIR --data DATA      60 short clips of sequences and videos, and jobs.csv
python -m tests.batch_trials scaling DIR                those on 1 and 2 workers, and on a cluster of 2
python -m tests.batch_trials faults DIR                 workers, calls and schedulers killed; no memory; no disk
python -m tests.batch_trials archive DIR                10,000 jobs of a tracker that does nothing
python -m tests.batch_trials resume DIR                 a call with 10,000 jobs that are all done
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from dlst_gui.batch.job_sources import find_jobs
from dlst_gui.batch.ledger import WorkFolder
from dlst_gui.batch.resuming import inputs_of
from dlst_gui.cli import main
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.video import VideoError, open_source
from dlst_gui.video.ground_truth import Boxes
from tests.dlst_gui.batch import batch_fakes
from tests.dlst_gui.batch.batch_fakes import write_clips

CLIPS = 60
CLIP_FRAMES = 45
REPOSITORY = Path(__file__).resolve().parents[1]


def tell(text: str) -> None:
    """A line on stdout, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def clips(folder: Path, data: Path) -> None:
    """Parts of sequences with true boxes, and of videos with a box in the middle; real decoding, real pixels."""
    rows: list[tuple[str, str, int, int]] = []
    for path in (*sorted((data / "sequences").iterdir()), *sorted((data / "videos").rglob("*.mp4"))):
        rows += _parts(path)
    chosen = [rows[len(rows) * number // CLIPS] for number in range(CLIPS)]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "jobs.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(("source", "box", "first_frame", "last_frame"))
        for number, (source, box, first, last) in enumerate(chosen):
            link = folder / f"clip{number:02d}{Path(source).suffix}"  # a video of its own for each part
            link.unlink(missing_ok=True)
            link.symlink_to(source)
            table.writerow((link.name, box, first, last))
    tell(f"{len(chosen)} of {len(rows)} parts, {sum(last - first for *_, first, last in chosen)} frames to track")


def _parts(path: Path) -> Iterator[tuple[str, str, int, int]]:
    try:
        with open_source(path) as source:
            count, truth = source.frame_count, source.ground_truth
            middle = (
                f"{source.width * 3 / 8:g},{source.height * 3 / 8:g},{source.width / 4:g},{source.height / 4:g}"
            )
            source.read(0)
    except (VideoError, ValueError):
        return
    for first in range(0, count - CLIP_FRAMES, CLIP_FRAMES):
        box = _true_box(truth, first) if truth is not None else middle
        if box:
            yield str(path), box, first, first + CLIP_FRAMES


def _true_box(truth: Boxes, frame: int) -> str:
    box = truth[frame]
    return "" if box is None else ",".join(f"{value:.2f}" for value in box.xywh)


@dataclass(frozen=True)
class Called:
    """How a call went: exit status, seconds, seconds of processor time of it and its children, its words."""

    status: int
    wall_s: float
    processor_s: float
    words: str


def call(jobs: Path, out: Path, *words: str, tracker: str = "", limit_s: float = 3600) -> Called:
    """One call of `dlst batch`, to its end."""
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    with calling(jobs, out, *words, tracker=tracker) as process:
        told = process.communicate(timeout=limit_s)[0]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Called(process.returncode, time.monotonic() - started, used_s, told)


@contextmanager
def calling(jobs: Path, out: Path, *words: str, tracker: str = "") -> Iterator[subprocess.Popen[str]]:
    """A call that is going on, in a session of its own; it is killed where nobody waits for its end."""
    command = [sys.executable, "-m", "tests.batch_trials", "call", tracker or "-", "--"]
    process = subprocess.Popen(
        [*command, "batch", str(jobs), "--out", str(out), *words],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


@dataclass(frozen=True)
class Cluster:
    """A scheduler, and workers that each have a folder of their own; the scheduler is the first process."""

    address: str
    processes: list[subprocess.Popen[bytes]]


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[Cluster]:
    """One of this machine, on a port that is free."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    python = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port)]
    started = [_started([*python, "--dashboard-address", "127.0.0.1:0"], folder / "scheduler")]
    for number in range(workers):
        words = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1"]
        words += ["--preload", "dlst_gui.batch.worker_setup", "--death-timeout", "120", "--no-dashboard"]
        started.append(_started(words, folder / f"worker{number}"))
    try:
        yield Cluster(address, started)
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait(60)


def _started(words: Sequence[str], folder: Path) -> subprocess.Popen[bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "DASK_TEMPORARY_DIRECTORY": str(folder)}
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(words, cwd=folder, env=environment, stdout=log, stderr=log)


def hashes(out: Path) -> Mapping[str, list[str]]:
    """Of all boxes of each video that is done, and of its labels, but for receipts, which tell the time."""
    work = WorkFolder(out / "batch")
    if not work.ledger.exists():
        return {}
    entries = [each.entry for each in work.reported() if each.entry.is_done]
    return {
        entry.name: [
            *(each["sha256"] for each in (entry.report or {})["objects"]),
            *(digest for file, (_, digest) in sorted(entry.files.items()) if file.endswith(".csv")),
        ]
        for entry in entries
    }


def scaling(folder: Path) -> None:
    """The same clips on 1 and 2 workers, and on a cluster; `clips` has made them."""
    jobs, rows, found = folder / "jobs.csv", [], []
    for name, words in (("1", ["--workers", "1"]), ("2", ["--workers", "2"])):
        out = folder / f"out-{name}"
        shutil.rmtree(out, ignore_errors=True)
        rows.append((f"{name} local", call(jobs, out, "--format", "csv", *words)))
        found.append(hashes(out))
    out = folder / "out-cluster"
    shutil.rmtree(out, ignore_errors=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    with cluster(folder / "cluster", 2) as made:
        called = call(jobs, out, "--format", "csv", "--scheduler", made.address)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    rows.append(("cluster of 2", Called(called.status, time.monotonic() - started, used_s, called.words)))
    found.append(hashes(out))
    tell(f"{'workers':14}{'status':>7}{'wall s':>9}{'processor s':>13}{'done':>6}")
    for (name, each), made in zip(rows, found, strict=True):
        tell(f"{name:14}{each.status:7d}{each.wall_s:9.1f}{each.processor_s:13.1f}{len(made):6d}")
    one, two, remote = (each for _, each in rows)
    tell(f"efficiency of 2 by wall time: {one.wall_s / (2 * two.wall_s):.2f}, cluster (with its start) "
          f"{one.wall_s / (2 * remote.wall_s):.2f}")  # fmt: skip
    tell(f"processor time of 2 over that of 1: {two.processor_s / one.processor_s:.3f}, of the cluster "
          f"{remote.processor_s / one.processor_s:.3f}")  # fmt: skip
    same = f"2 local: {found[1] == found[0]}, cluster: {found[2] == found[0]}"
    tell(f"boxes and labels identical to those of 1 worker ({len(found[0])} videos): {same}")


def faults(folder: Path, counts: Mapping[str, int]) -> None:
    """Whatever is killed, what was finished stays, and the end is the same."""
    jobs = folder / "clips"
    shutil.rmtree(folder, ignore_errors=True)
    write_clips(jobs, 24, frame_count=30)
    whole = call(jobs, folder / "whole", "--workers", "2", tracker="sleepy_tracker")
    truth = hashes(folder / "whole")
    tell(f"undisturbed: {len(truth)} videos in {whole.wall_s:.0f} s, status {whole.status}")
    for kind, count in counts.items():
        _drill(kind, count, folder, truth)
    _out_of_memory(folder)


def _drill(kind: str, count: int, folder: Path, truth: Mapping[str, list[str]]) -> None:
    """So many kills, one for each call; each call goes on from the one before, until all is done."""
    chance = random.Random(4)
    jobs, out = folder / "clips", folder / kind
    lost = differing = ends = finished = killed = 0
    while killed < count:
        kept = hashes(out)
        called, was_killed = _disturbed(kind, folder, jobs, out, chance)
        killed += was_killed
        if killed == count and len(hashes(out)) < len(truth):
            called = call(jobs, out, "--workers", "2", tracker="sleepy_tracker")
        now = hashes(out)
        lost += sum(now.get(name) != value for name, value in kept.items())
        finished += len(kept)
        was = f"kill {killed}" if was_killed else "ended before it was killed"
        tell(f"    {kind}, {was}: {len(kept)}, then {len(now)} done; status {called.status}")
        warnings = [line for line in called.words.splitlines() if line.startswith(("warning", "dlst:"))]
        if kind != "call" and warnings:
            tell(f"        {warnings[0]}")
        if len(now) == len(truth):
            ends += 1
            differing += now != truth
            shutil.rmtree(out)
    tell(f"{kind}: killed {killed} times, {lost} of {finished} finished lost; {differing} of {ends} ends differ")


def _disturbed(kind: str, folder: Path, jobs: Path, out: Path, chance: random.Random) -> tuple[Called, bool]:
    """A call with a kill in it at a random moment of its tracking, and whether it came to that."""
    if kind == "scheduler":
        with (
            cluster(folder / "cluster", 2) as made,
            calling(jobs, out, "--scheduler", made.address, tracker="sleepy_tracker") as process,
        ):
            wait_for_work(process, out)
            time.sleep(chance.uniform(0, 8))
            made.processes[0].kill()
            told = process.communicate(timeout=300)[0]
            return Called(process.returncode, 0, 0, told), process.returncode != 0
    with calling(jobs, out, "--workers", "2", tracker="sleepy_tracker") as process:
        wait_for_work(process, out)
        time.sleep(chance.uniform(0, 8))
        is_going = process.poll() is None
        if is_going and kind == "call":
            process.kill()
        elif is_going:
            os.kill(chance.choice(_workers(process.pid)), signal.SIGKILL)
        told = process.communicate(timeout=600)[0]
        return Called(process.returncode, 0, 0, told), is_going


def wait_for_work(process: subprocess.Popen[str], out: Path) -> None:
    """Until something is finished in this call."""
    ledger = out / "batch" / "ledger.jsonl"
    before = ledger.stat().st_size if ledger.exists() else 0
    while process.poll() is None and not (ledger.exists() and ledger.stat().st_size > before):
        time.sleep(0.1)


def _workers(pid: int) -> list[int]:
    found = psutil.Process(pid).children(recursive=True)
    return [each.pid for each in found if "spawn_main" in " ".join(each.cmdline())]


def _out_of_memory(folder: Path) -> None:
    """One clip of three takes all memory: it alone fails, and the next call with another tracker does it."""
    table = folder / "memory.csv"
    table.write_text("source,seed\n" + "".join(f"clips/clip{n},{int(n == 1)}\n" for n in range(3)))
    out = folder / "memory"
    first = call(table, out, "--workers", "2", tracker="greedy_tracker")
    kept = hashes(out)
    second = call(table, out, "--workers", "2", tracker="steady_tracker")
    now = hashes(out)
    lost = sum(now.get(name) != value for name, value in kept.items())
    tell(f"out of memory: {len(kept)} of 3 done, status {first.status}, then {len(now)}, status {second.status}; "
          f"{lost} finished lost")  # fmt: skip
    reason = next((line for line in first.words.splitlines() if line.startswith("warning")), "")
    tell(f"    {reason}")


def full_disk(folder: Path) -> None:
    """FOLDER is a small disk of its own, such as a tmpfs: filled while it works, and freed again."""
    jobs = folder.parent / "clips-of-a-full-disk"
    whole = folder.parent / "whole-of-a-full-disk"
    for each in (jobs, whole, folder / "out"):
        shutil.rmtree(each, ignore_errors=True)
    write_clips(jobs, 24, frame_count=30)
    call(jobs, whole, "--workers", "2", tracker="sleepy_tracker")
    out, ballast = folder / "out", folder / "ballast"
    with calling(jobs, out, "--workers", "2", tracker="sleepy_tracker") as process:
        wait_for_work(process, out)
        with ballast.open("wb", buffering=0) as file, suppress(OSError):  # what is buffered would fail once more
            while True:
                file.write(bytes(4096))
        time.sleep(10)
        kept = hashes(out)
        ballast.unlink()
        told = process.communicate(timeout=600)[0]
    now = hashes(out)
    lost = sum(now.get(name) != value for name, value in kept.items())
    tell(f"full disk: {len(kept)} done when it was full, status {process.returncode} in the end, {lost} finished "
          f"lost, same as undisturbed: {now == hashes(whole)}; told: {'the disk is full' in told}")  # fmt: skip


def archive(folder: Path, count: int) -> None:
    """Jobs of one tiny clip under many names, with a tracker that does nothing."""
    jobs = _many_jobs(folder, count)
    out = folder / "out"
    started = time.monotonic()
    with calling(jobs, out, "--workers", "2", "--json", tracker="steady_tracker") as process:
        told: list[str] = []
        memory: list[tuple[int, float]] = []
        client = psutil.Process(process.pid)
        before = client.cpu_times()
        while process.poll() is None:
            time.sleep(2)
            done = _line_count(out / "batch" / "ledger.jsonl") // 2
            try:
                memory.append((done, client.memory_info().rss / 2**20))
                before = client.cpu_times()
            except psutil.Error:
                break
        told.append(process.communicate()[0])
    wall_s = time.monotonic() - started
    tell(f"{count} jobs: status {process.returncode}, {wall_s:.0f} s; command with its scheduler "
          f"{1000 * (before.user + before.system) / count:.1f} ms of processor time per job")  # fmt: skip
    for share in (0.02, 0.1, 0.25, 0.5, 0.75, 1.0):
        at = next((each for each in memory if each[0] >= share * count * 0.99), None)
        if at is not None:
            tell(f"    {at[0]:6d} done: {at[1]:6.0f} MB")
    again = call(jobs, out, "--workers", "2", tracker="steady_tracker")
    tell(f"    resumed with nothing to do: {again.wall_s:.1f} s, {again.processor_s:.1f} s of processor time")


def _many_jobs(folder: Path, count: int) -> Path:
    """A table of so many names of one tiny clip."""
    shutil.rmtree(folder, ignore_errors=True)
    (clip,) = write_clips(folder / "clips", 1, frame_count=3)
    with (folder / "jobs.csv").open("w") as table:
        table.write("source\n")
        for number in range(count):
            (folder / "clips" / f"{number:05d}").symlink_to(clip.name)
            table.write(f"clips/{number:05d}\n")
    return folder / "jobs.csv"


def resume(folder: Path, count: int) -> None:
    """One job is tracked; its lines and files are written for all others, too, as the command writes them."""
    jobs, out = _many_jobs(folder, count), folder / "out"
    first = folder / "first.csv"
    first.write_text("source\nclips/00000\n")
    call(first, out, "--workers", "1", "--speed", "exact", tracker="steady_tracker")
    work = WorkFolder(out / "batch")
    (done,) = work.whole(work.reported())
    made = find_jobs(jobs, TrackerSettings(), None)
    assert inputs_of(made[0], "") == done.inputs
    with work.ledger.open("w") as ledger:
        for job in made:
            files = {name.replace(done.name, job.name): facts for name, facts in done.files.items()}
            entry = replace(done, name=job.name, inputs=inputs_of(job, ""), files=files)
            begun = replace(entry, content="", report={}, problem="ended while written", is_done=False)
            ledger.write(f"{begun.line()}\n{entry.line()}\n")
            for old, new in zip(done.files, files, strict=True):
                if old != new:
                    os.link(out / old, out / new)
    for _ in range(2):
        again = call(jobs, out, "--workers", "1", "--speed", "exact", tracker="never_tracker")
        tell(f"{count} jobs, all done: {again.wall_s:.1f} s, {again.processor_s:.1f} s of processor time; "
              f"{again.words.splitlines()[0]}")  # fmt: skip


def _line_count(path: Path) -> int:
    try:
        return path.read_bytes().count(b"\n")
    except FileNotFoundError:
        return 0


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trial", choices=("clips", "scaling", "faults", "full_disk", "archive", "resume"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", type=Path, default=REPOSITORY.parent / "shared" / "data")
    parser.add_argument("--count", type=int, default=10_000, help="jobs of the archive")
    parser.add_argument(
        "--kills",
        type=json.loads,
        default={"worker": 20, "call": 20, "scheduler": 5},
        help="how often what is killed",
    )
    return parser.parse_args()


if __name__ == "__main__":
    if sys.argv[1:2] == ["call"]:
        named = sys.argv[2]
        sys.exit(main(sys.argv[4:], make_tracker=None if named == "-" else getattr(batch_fakes, named)))
    given = _parsed()
    given.folder = given.folder.absolute()
    if given.trial == "clips":
        clips(given.folder, given.data)
    elif given.trial in {"archive", "resume"}:
        {"archive": archive, "resume": resume}[given.trial](given.folder, given.count)
    elif given.trial == "faults":
        faults(given.folder, given.kills)
    else:
        {"scaling": scaling, "full_disk": full_disk}[given.trial](given.folder)
