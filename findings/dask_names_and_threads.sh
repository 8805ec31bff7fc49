#!/usr/bin/env bash
# What Dask's scheduler keeps of tasks that are long gone, and with how many threads OpenCV computes in its workers.
#
# Of: distributed 2026.8.0 with opencv-python-headless 5.0.0.93, numpy 2.4.6 and prometheus-client 0.26.0, on Linux
# x86-64 with Python 3.11. Input: a function that returns its argument, under a name for each of 4,000 made-up clips.
# Nothing of this repository is run.
#
# Seen there, and checked below (exit status 1 where something is otherwise):
#
#   1. Of each key whose beginning is new ("clip17-track", "street.17-7f3a...") the scheduler keeps a record for ever,
#      also once its result was fetched and every future released: some kilobytes each, and twenty lines of the page
#      that Prometheus reads, of 0.7 kB for each name (14 MB, and 2 to 6 s, after 20,000 names). Keys that begin alike
#      ("track-clip_17", "track-7f3a...") have one record together. A number right behind a name ("track-clip17-...")
#      is no part of what distinguishes them.
#   2. A worker's process of `LocalCluster` or `dask worker` has OMP_NUM_THREADS=1, which numpy's OpenBLAS and torch
#      heed. OpenCV does not: it computes with as many threads as there are cores, in each worker.
#
# Usage: bash findings/dask_names_and_threads.sh      (PYTHON=python3.12 chooses another; needs network; a minute)
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check distributed==2026.8.0 \
    opencv-python-headless==5.0.0.93 numpy==2.4.6 threadpoolctl==3.6.0 prometheus-client==0.26.0

cat > "$folder/check.py" <<'PYTHON'
import os
import sys
import time
from urllib.request import urlopen
from uuid import uuid4

from distributed import Client, LocalCluster

CLIPS = 1000
failures = []


def check(what, is_so, seen):
    print("as stated" if is_so else "OTHERWISE", "|", what, "|", seen)
    if not is_so:
        failures.append(what)


def same(value):
    return value


def threads():
    import cv2
    import numpy as np
    from threadpoolctl import threadpool_info

    np.ones((2, 2)) @ np.ones((2, 2))
    return os.environ.get("OMP_NUM_THREADS"), [each["num_threads"] for each in threadpool_info()], cv2.getNumThreads()


def names():
    with LocalCluster(1, processes=False, dashboard_address="127.0.0.1:0") as cluster, Client(cluster) as client:
        scheduler = cluster.scheduler
        page = f"http://127.0.0.1:{scheduler.http_server.port}/metrics"
        for key, expected in (
            ("clip{n}-track", CLIPS),
            ("street.{n}-{hex}", CLIPS),
            ("track-clip_{n}", 1),
            ("track-clip{n}-{hex}", 0),
        ):
            records, characters = len(scheduler.task_prefixes), len(urlopen(page).read())
            futures = [client.submit(same, n, key=key.format(n=n, hex=uuid4().hex), pure=False) for n in range(CLIPS)]
            client.gather(futures)
            del futures
            give_up = time.monotonic() + 60
            while scheduler.tasks and time.monotonic() < give_up:
                time.sleep(0.1)
            more = len(scheduler.task_prefixes) - records
            check(f"{CLIPS} keys {key} leave {expected} records", not scheduler.tasks and more == expected, more)
            size = (len(urlopen(page).read()) - characters) / CLIPS
            check("0.5 to 1 kB of each on Prometheus' page", 500 < size < 1000 or expected < 2, f"{size:.0f} bytes")


def computing():
    with LocalCluster(2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster, Client(cluster) as client:
        variable, blas, opencv = client.submit(threads).result()
        check("OMP_NUM_THREADS is 1, and BLAS has one thread", variable == "1" and set(blas) == {1}, (variable, blas))
        cores = len(os.sched_getaffinity(0))
        check("OpenCV has as many as there are cores", opencv == cores, f"{opencv} of {cores}")


if __name__ == "__main__":
    names()
    computing()
    sys.exit(bool(failures))
PYTHON

cd "$folder"
"$folder/venv/bin/python" "$folder/check.py"
