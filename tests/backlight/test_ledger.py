"""The ledger's counts are what a measured gradient really takes."""

from dataclasses import replace

import numpy as np
import pytest

from backlight.learning import MEASURES, prepare_lesson
from backlight.ledger import Where, ledger, shots_per_sample
from chips.bench import Calibration
from chips.train import start_phases
from chips.variation import Imperfections
from compiler.compile import compile_circuit
from compiler.network import ChipSpec, Design, Layer, Network, TrainSpec
from pdk import registry


@pytest.fixture(scope="module", params=["unitary", "svd"])
def lesson(request, tmp_path_factory):
    layers = (Layer(4, "sqrt"), Layer(3, "sqrt"), Layer(2))
    design = Design(Network("moons", 2, layers), ChipSpec(ports=4, linear=request.param), TrainSpec("moons"))
    pdk = registry.get("generic")
    circuit = compile_circuit(design, pdk)
    here = tmp_path_factory.mktemp("lesson")
    return prepare_lesson(design, circuit, pdk, base_dir=here, imperfections=Imperfections.ideal())


@pytest.mark.parametrize("gradient", MEASURES)
def test_shots(lesson, gradient):
    twin = lesson.twin()
    bench = lesson.bench(twin, Calibration.nominal(lesson.tables))
    x, labels = lesson.split.train_x[:3], lesson.split.train_y[:3]
    measured = MEASURES[gradient](bench, bench.settings(start_phases(lesson.tables, 0)), x, labels)
    assert measured.shots == 3 * shots_per_sample(lesson.tables, gradient)
    assert twin.shots == measured.shots


@pytest.mark.parametrize("gradient", MEASURES)
def test_every_operation_has_a_place(lesson, gradient):
    lines = ledger(lesson.tables, gradient)
    assert {line.where for line in lines} == set(Where)
    assert all(line.count > 0 for line in lines)
    assert len({line.name for line in lines}) == len(lines)


def test_counts_of_three_layers_of_four_ports(lesson):
    counts = {line.name: line.count for line in ledger(lesson.tables, "echo")}
    cells = 24 if lesson.design.chip.linear == "svd" else 12
    assert counts["drive the inputs"] == 12
    assert counts["square the fields"] == cells
    assert counts["set the phase shifters"] == sum(len(t.shifters) for t in lesson.tables.layers)
    assert counts["multiply error by input at every shifter"] == 3 * counts["set the phase shifters"]
    assert counts["multiply by the matrices"] == np.sum([t.ports * len(t.outputs) for t in lesson.tables.layers])


def test_by_camera_the_host_makes_what_electronics_made(lesson):
    seen = {line.name: line for line in ledger(replace(lesson.tables, camera=True), "echo")}
    for line in ledger(lesson.tables, "echo"):
        other = seen[line.name]
        assert other.count == line.count
        if line.where is Where.ELECTRONICS and "DAC" not in line.unit:
            assert other.where is Where.HOST
        else:
            assert other.where is line.where
    assert not any("photo" in line.unit or "photodiode" in line.how for line in seen.values())
