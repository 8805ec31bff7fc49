"""Progress bars of `export`: one for each stage that goes frame by frame."""

from __future__ import annotations

from tqdm import tqdm

from dlst_gui.commands.running.progress import progress_bar
from dlst_gui.exchange.progress import Progress, ShouldCancel, Stage, Watch
from dlst_gui.video.video_source import ClosedOnExit


class ExportBars(ClosedOnExit):
    """Shows what its `watch` is told."""

    def __init__(self, name: str, should_cancel: ShouldCancel) -> None:
        self.watch = Watch(self._show, should_cancel)
        self._name = name
        self._stage: Stage | None = None
        self._bar: tqdm | None = None

    def close(self) -> None:
        """Leave the last bar as it is; may be called twice."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _show(self, progress: Progress) -> None:
        if progress.stage is not self._stage:
            self.close()
            self._stage = progress.stage
            if progress.total > 1:
                self._bar = progress_bar(
                    progress.total,
                    f"{self._name}: {progress.stage.value.lower()}",
                    unit=progress.unit.removesuffix("s"),
                )
        if self._bar is not None:
            self._bar.update(progress.done - self._bar.n)
