"""`train --variation`: a run keeps the variation that it began with."""

from dataclasses import replace

import pytest

from backlight import files
from backlight.asked import Asked, read_variation, settle
from backlight.refusal import Refusal
from chips.variation import Imperfections

CHANGED = {"splitter_imbalance_rad": 0.03, "dac_bits": None}


@pytest.fixture
def folder(tmp_path):
    told = {"config": {"seed": 1, "epochs": 2}, "chip": "varied", "gradient": "echo", "variation": CHANGED}
    files.write_json(tmp_path / files.TRAINING, told)
    (tmp_path / files.WEIGHTS).write_bytes(b"")
    return tmp_path


def test_a_file_becomes_what_it_changes(tmp_path):
    path = tmp_path / "v.yml"
    path.write_text("splitter_imbalance_rad: 0.03\ndac_bits: null\np_pi_spread: 0.05\n")
    assert read_variation(path) == CHANGED
    assert Asked(variation=CHANGED).imperfections == replace(Imperfections.real(), **CHANGED)
    assert read_variation(None) is None and Asked().imperfections == Imperfections.real()
    assert Asked(ideal=True).imperfections == Imperfections.ideal()


def test_a_resumed_run_varies_as_it_did(folder):
    assert settle(folder, Asked(), resume=True).variation == CHANGED
    assert settle(folder, Asked(variation=CHANGED), resume=True).variation == CHANGED
    with pytest.raises(Refusal, match=r"found a run with variation .*0.03.*expected variation .*0.01"):
        settle(folder, Asked(variation={"splitter_imbalance_rad": 0.01}), resume=True)


def test_ideal_and_varied_do_not_go_together(tmp_path):
    with pytest.raises(Refusal, match="--variation: found --ideal beside it"):
        settle(tmp_path, Asked(ideal=True, variation=CHANGED), resume=False)
