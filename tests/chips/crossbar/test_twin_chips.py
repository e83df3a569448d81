"""Chips are the same alone and among others, bit for bit; noise, converters, drift; what is refused."""

import json
from dataclasses import replace

import numpy as np
import pytest

from chips.crossbar import truth
from chips.crossbar.chip import Drive, Reading
from chips.crossbar.drift import drift
from chips.crossbar.twin import noise_state, restore_noise
from chips.variation import Imperfections
from compiler.places import Places

REAL = Imperfections.real()
MONITORS: Reading = ("monitors", "layer1.forward")
READ: tuple[Reading, ...] = (
    ("rows", "layer1.forward"),
    ("monitors", "layer2.forward"),
    ("rows", "layer2.backward"),
    ("slopes", "layer1"),
    ("slopes", "layer2"),
    ("outputs", "layer2"),
)


def _drive(rng, *lead):
    x, errors, scale = rng.uniform(0, 1, (*lead, 7, 2)), rng.uniform(0, 1, (*lead, 7, 2)), rng.uniform(0, 1, (*lead, 7))
    return Drive(READ, inputs=x, errors={"layer2.backward": errors}, scale={"layer1.forward": scale})


@pytest.mark.parametrize("weight", ["mzi", "pin"])
def test_a_chip_is_the_same_alone_and_among_others(crossbar, drives, warm, weight):
    chip, rng = crossbar(2, 3, 2, weight=weight), np.random.default_rng(0)
    thermal = warm(chip.tables, rng) if weight == "mzi" else None
    paths = tuple(chip.netlist.flat.leaves)
    places = Places(paths, rng.uniform(0, 6, (len(paths), 2)))
    seeds = [5, 0, 9]
    program = drives(chip.tables, rng, 3, 2)
    calls = [_drive(rng, 3, 1), _drive(rng), _drive(rng, 3, 2)]
    together = chip.twin(seeds, REAL, thermal=thermal, places=places)

    def run(twin, own):
        twin.program({name: own(values) for name, values in program.items()})
        found = [twin.measure(_only(call, own)) for call in calls]
        drift(twin, 0.2, seed=1)
        return [*found, twin.measure(_only(calls[0], own))]

    every = run(together, lambda values: values)
    for k, seed in enumerate(seeds):
        alone = run(chip.twin(seed, REAL, thermal=thermal, places=places), lambda v, k=k: v[k] if v.ndim == 4 else v)
        for call, whole in zip(alone, every, strict=True):
            for key in READ:
                assert np.array_equal(call[key], whole[key][k]), (seed, key)
    different = every[0]["rows", "layer1.forward"]
    assert not np.array_equal(different[0], different[1])


def test_a_dark_chip_among_lit_ones_is_the_same_as_alone(crossbar):
    """What a chip draws does not depend on whether the others see light."""
    chip, quiet = crossbar(2, 3, 2), replace(Imperfections.ideal(), receiver_noise=0.01)
    x = np.array([[[[0.0, 0.0]]], [[[0.7, 0.4]]]])

    def run(twin, dark, lit):
        twin.measure(Drive((MONITORS,), inputs=dark, bias=0.0))
        return twin.measure(Drive((MONITORS,), inputs=lit))[MONITORS]

    together = run(chip.twin([5, 9], quiet), x, x[1:])
    assert np.array_equal(run(chip.twin(5, quiet), x[0], x[1]), together[0])


def _only(drive, own):
    """A drive of chip k: arrays with an axis of chips lose it."""
    scale = {name: own(v[..., None])[..., 0] for name, v in drive.scale.items()}
    errors = {name: own(v) for name, v in drive.errors.items()}
    return replace(drive, inputs=own(drive.inputs), errors=errors, scale=scale)


def test_ideal_chips_have_no_noise_and_real_ones_as_much_as_is_said(crossbar, drives):
    chip, rng = crossbar(2, 3, 2), np.random.default_rng(1)
    program, x = drives(chip.tables, rng), np.full((4000, 2), 0.5)
    twin = chip.twin(0, Imperfections.ideal())
    twin.program(program)
    for values in twin.measure(Drive(READ, inputs=x)).values():
        assert np.all(values == values[:, :1])
    quiet = REAL.without("shot_noise", "thermal_noise_pa_per_rthz", "rin_db_per_hz", "adc_bits", "dac_bits")
    twin = chip.twin(0, replace(quiet, receiver_noise=0.01))
    twin.program(program)
    for (group, _), values in twin.measure(Drive(READ[:4], inputs=x)).items():
        largest = np.abs(values.mean(axis=1)[0])
        share = values.std(axis=1)[0] / largest
        assert np.all((share[largest > 0] > 0.0094) & (share[largest > 0] < 0.0213)) or group == "rows"
    rin = Imperfections.ideal().without()
    twin = chip.twin(0, replace(rin, rin_db_per_hz=-100.0, bandwidth_ghz=0.01))
    twin.program(program)
    read = twin.measure(Drive(READ[:1], inputs=x))["rows", "layer1.forward"][0]
    share = read / read.mean(axis=0)
    assert share.std() == pytest.approx(np.sqrt(1e-10 * 1e7), rel=0.05)
    assert np.ptp(share, axis=1).max() < 1e-9  # common to all rows


def test_shot_noise_is_schottkys(crossbar):
    chip = crossbar(2, 3, 2)
    twin = chip.twin(0, replace(Imperfections.ideal(), shot_noise=1.0, bandwidth_ghz=1.0))
    read = twin.measure(Drive(READ[1:2], bias=1.0, override={"layer2.forward": np.full((5000, 3), 0.5)}))
    current = read["monitors", "layer2.forward"][0]
    sigma_ma = 1e3 * np.sqrt(2 * 1.602176634e-19 * 1e9 * 1e-3 * current.mean(axis=0))
    np.testing.assert_allclose(current.std(axis=0), sigma_ma, rtol=0.05)


def test_converters_have_their_codes(crossbar, drives):
    """Readings of few bits take few values; rows are symmetric about zero, so that dark is dark."""
    chip, rng = crossbar(2, 3, 2), np.random.default_rng(2)
    twin = chip.twin(0, replace(Imperfections.ideal(), adc_bits=3))
    twin.program(drives(chip.tables, rng))
    read = twin.measure(Drive(READ[:2], inputs=rng.uniform(0, 1, (500, 2))))
    rows, monitors = read["rows", "layer1.forward"][0], read["monitors", "layer2.forward"][0]
    for n in range(3):
        steps = rows[:, n] / np.diff(np.unique(rows[:, n])).min()
        np.testing.assert_allclose(steps, np.round(steps), atol=1e-9)
        assert len(np.unique(rows[:, n])) <= 7
        assert len(np.unique(monitors[:, n])) <= 8
    dark = twin.measure(Drive(READ[:1], bias=0.0))["rows", "layer1.forward"]
    assert np.all(dark == 0)


def test_noise_goes_on_where_it_was(crossbar):
    chip = crossbar(2, 3, 2)
    first, second = chip.twin([1, 2]), chip.twin([1, 2])
    rng = np.random.default_rng(0)
    fresh = json.loads(json.dumps(noise_state(first)))
    for _ in range(3):
        first.measure(_drive(rng))
    state = json.loads(json.dumps(noise_state(first)))
    drive = _drive(rng)
    restore_noise(second, state)
    expected = first.measure(drive)
    for key, values in second.measure(drive).items():
        assert np.array_equal(values, expected[key])
    restore_noise(first, fresh)
    expected = chip.twin([1, 2]).measure(drive)
    for key, values in first.measure(drive).items():
        assert np.array_equal(values, expected[key])
    with pytest.raises(ValueError, match="noise"):
        restore_noise(chip.twin([1, 2, 3]), state)
    with pytest.raises(ValueError, match="not the state of noise streams"):
        restore_noise(first, {"streams": [{}, {}]})


def test_drift_walks_and_the_program_stays(crossbar, drives):
    chip = crossbar(2, 3, 2)
    twin, program = chip.twin([1, 2]), drives(chip.tables, np.random.default_rng(0))
    twin.program(program)
    before = truth.weights(twin)["layer1.forward"]
    drift(twin, 0.3, seed=1)
    after = truth.weights(twin)["layer1.forward"]
    twin.program(program)
    assert np.array_equal(after, truth.weights(twin)["layer1.forward"])
    moved = after - before
    assert 0.05 < moved.std() < 0.6
    assert not np.allclose(moved[0], moved[1])
    twice, once = chip.twin([1, 2]), chip.twin(2)
    for each in (twice, once):
        each.program(program)
        drift(each, 0.3, seed=1)
    assert np.array_equal(truth.weights(twice)["layer1.forward"][1], truth.weights(once)["layer1.forward"])


def test_heat_warms_neighbours(crossbar, drives, warm):
    chip, rng = crossbar(2, 3, 2), np.random.default_rng(0)
    thermal, program = warm(chip.tables, rng), drives(chip.tables, rng)
    ideal = Imperfections.ideal()
    cold, hot = (
        chip.twin(0, ideal, thermal=thermal),
        chip.twin(0, replace(ideal, thermal_crosstalk=1.0), thermal=thermal),
    )
    for each in (cold, hot):
        each.program(program)
    moved = truth.weights(hot)["layer1.forward"] - truth.weights(cold)["layer1.forward"]
    assert 1e-3 < np.abs(moved).max() < 1.0
    other = replace(thermal, shifters=tuple(name + "x" for name in thermal.shifters))
    with pytest.raises(ValueError, match="thermal table: found no layer1"):
        chip.twin(0, REAL, thermal=other)


@pytest.mark.parametrize(
    ("drive", "text"),
    [
        ({"inputs": np.zeros((4, 3))}, r"inputs: found \(4, 3\), expected \(K, B, 2\) with K = 1"),
        ({"inputs": np.zeros((2, 4, 2))}, r"inputs: found \(2, 4, 2\), expected \(K, B, 2\)"),
        ({"override": {"layer1.forward": np.zeros((1, 2))}}, "override: found layer1.forward, expected a forward bank"),
        ({"errors": {"layer1.forward": np.zeros((1, 2))}}, "errors: found layer1.forward, expected a backward bank"),
        ({"scale": {"layer3.forward": np.zeros(1)}}, "scale: no bank layer3.forward; there are layer1.forward"),
        ({"inputs": np.zeros((4, 2)), "scale": {"layer1.forward": np.zeros(5)}}, r"found batches of \[4, 5\] shots"),
        ({"read": (("taps", "layer1"),)}, "read: found the group 'taps', expected one of rows, monitors"),
        ({"read": (("outputs", "layer1"),)}, "read, outputs: found 'layer1', expected one of layer2"),
        ({"inputs": np.full((4, 2), np.nan)}, "inputs: found numbers that are not finite"),
        ({"bias": np.inf}, "bias: found numbers that are not finite"),
        ({"laser_mw": 0.0}, "laser_mw: found 0.0, expected a power above 0"),
    ],
)
def test_drives_that_do_not_fit_are_refused(crossbar, drive, text):
    with pytest.raises(ValueError, match=text):
        crossbar(2, 3, 2).twin(0).measure(Drive(**({"read": READ} | drive)))


def test_programs_that_do_not_fit_are_refused(crossbar):
    twin = crossbar(2, 3, 2).twin([0, 1])
    with pytest.raises(ValueError, match="program: no bank layer9"):
        twin.program({"layer9.forward": np.zeros((3, 3))})
    with pytest.raises(
        ValueError, match=r"program, layer1.forward: found \(3, 4\), expected \(R, K, 3, 3\) with R = 2"
    ):
        twin.program({"layer1.forward": np.zeros((3, 4))})
    with pytest.raises(ValueError, match="not finite"):
        twin.program({"layer1.forward": np.full((3, 3), np.nan)})
    twin.program({"layer1.forward": np.zeros((4, 3, 3))})
    with pytest.raises(ValueError, match="different numbers of programs"):
        twin.program({"layer2.forward": np.zeros((5, 2, 4))})
    assert twin.measure(Drive(READ[:1]))[READ[0]].shape == (2, 4, 1, 3)
