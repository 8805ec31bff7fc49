import xml.etree.ElementTree as ElementTree
from pathlib import Path

import cv2
import numpy as np

from tests.tracker_core.evaluation.protocols.vot_runs import supervised_runs
from tracker_core.evaluation.otb import score_sequence
from tracker_core.evaluation.protocols.attribute_report import ByAttribute, write_attribute_plots
from tracker_core.evaluation.protocols.vot.eao_plot import write_eao_plot
from tracker_core.evaluation.protocols.vot.supervised import measure_supervised
from tracker_core.evaluation.summary import RunResult, TrackerResults

TRUTH = np.array([[10.0, 20, 30, 40]] * 10)


def test_eao_plot_when_written_then_names_the_tracker_with_its_number(tmp_path: Path) -> None:
    png, svg = write_eao_plot(tmp_path, [("made", measure_supervised(supervised_runs()))])
    assert cv2.imread(str(png)).shape[0] > 500
    ElementTree.fromstring(svg.read_text())
    assert "made [0.059]" in svg.read_text()


def test_attribute_plots_when_written_then_each_attribute_has_a_plot_with_its_sequences(tmp_path: Path) -> None:
    runs = tuple(RunResult(0, score_sequence(name, TRUTH, TRUTH)) for name in "AB")
    by = ByAttribute.of({"A": ("LR", "IV"), "B": ("IV",), "C": ("OV",)})
    assert list(by.sequences) == ["IV", "OV", "LR"]
    files = write_attribute_plots(tmp_path, [TrackerResults("one", runs)], by)
    assert [file.name for file in files] == [
        *(
            "success-attributes.png",
            "success-attributes.svg",
            "precision-attributes.png",
            "precision-attributes.svg",
        )
    ]
    text = files[1].read_text()
    assert "illumination variation (2)" in text
    assert "centre error threshold (px)" in files[3].read_text()
    assert "low resolution (1)" in text
    assert text.count("one [0.952]") == 2  # nobody has finished C
