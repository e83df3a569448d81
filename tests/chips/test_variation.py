"""Every field of the variation does something, has its range, and stands in the manual."""

import re
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from chips.chip import Drive
from chips.draw import draw
from chips.lowered import lowered
from chips.twin import Twin
from chips.variation import OPTIONAL, Imperfections
from compiler.network import SpecError
from compiler.places import Places

MANUAL = Path(__file__).parents[2] / "docs" / "variation.md"
GROUPS = ("detector", "monitor", "backward", "tap")
ELSEWHERE = {"activation_gain_spread", "activation_bias_rad", "drift_rad", "mirror_drift_rad", "equal_losses"}
"""Of a crossbar's neurons, of what time does (chips.drift), and of tests."""


@pytest.fixture(scope="module")
def currents(pdk, circuit, neighbours):
    """All readings of a chip under some light, one array."""
    netlist, thermal = circuit(4), neighbours(4)
    rng = np.random.default_rng(0)
    paths = tuple(netlist.flat.leaves)
    places = Places(paths, rng.uniform(0, 3, (len(paths), 2)))
    lit = Drive(0, GROUPS, inputs=rng.uniform(0.2, 1, (8, 4)), sources=rng.uniform(0.2, 1, 4))
    program = (rng.uniform(0, 50, 12),)

    def read(imperfections: Imperfections, seed: int = 0) -> np.ndarray:
        twin = Twin(netlist, pdk, imperfections, seed, thermal=thermal, places=places)
        twin.program(program)
        return np.concatenate([part.ravel() for part in twin.measure(lit).values()])

    return read


def test_every_field_matters(currents):
    """A real chip without one of them reads otherwise. Converters hide a little, so they are left out of the others."""
    real = replace(Imperfections.real(), dac_bits=None, adc_bits=None)
    whole = currents(real)
    for f in fields(Imperfections):
        if f.name in ("dac_bits", "adc_bits"):
            assert not np.array_equal(currents(replace(real, **{f.name: 8})), whole), f.name
        elif f.name not in ELSEWHERE:
            assert not np.array_equal(currents(real.without(f.name)), whole), f.name


def test_an_ideal_chip_has_none(currents):
    ideal = Imperfections.ideal()
    assert np.array_equal(currents(ideal, 1), currents(ideal, 2))
    assert all(getattr(ideal, f.name) == (None if f.name in OPTIONAL else 0) for f in fields(Imperfections))


def test_strangers_are_drawn_as_before(pdk, circuit):
    """Where nothing is shared, or nobody knows where devices are, neighbours change no draw."""
    rosters = lowered(circuit(4), pdk).rosters
    places = Places(tuple(circuit(4).flat.leaves), np.zeros((len(circuit(4).flat.leaves), 2)))
    real = Imperfections.real()
    (alone,) = draw(rosters, real, 3)
    for one in (draw(rosters, real.without("correlated_share"), 3, places), draw(rosters, real, 3, None)):
        assert np.array_equal(one[0].p_pi, alone.p_pi) and one[0].deviations == alone.deviations
    (near,) = draw(rosters, replace(real, correlated_share=1.0), 3, places)
    assert np.ptp(near.p_pi) < 1e-6, "all at one place, all that varies shared"


def test_no_device_gains_light(pdk, circuit):
    """A spread of losses beyond what a device has to lose stops where it loses next to nothing."""
    (drawn,) = draw(lowered(circuit(8), pdk).rosters, replace(Imperfections.real(), loss_spread_db=0.5), 0)
    excess = [values["excess_loss_db"] for values in drawn.deviations.values() if "excess_loss_db" in values]
    assert -0.1 < min(excess) < 0 < 0.5 < max(excess)
    Twin(circuit(8), pdk, replace(Imperfections.real(), loss_spread_db=0.5), 0)


def test_one_netlist_is_lowered_once(pdk, circuit):
    assert lowered(circuit(4), pdk) is lowered(circuit(4), pdk)
    assert lowered(circuit(4), pdk) is not lowered(circuit(4), pdk, scatter=True)


def test_a_file_changes_what_it_names(tmp_path):
    path = tmp_path / "variation.yml"
    path.write_text("splitter_imbalance_rad: 0.03\ndac_bits: null\n")
    found = Imperfections.from_file(path)
    assert found == replace(Imperfections.real(), splitter_imbalance_rad=0.03, dac_bits=None)
    assert found.changes == {"splitter_imbalance_rad": 0.03, "dac_bits": None}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("p_pi_spread: -0.1", r"v.yml:1:14: p_pi_spread: found -0.1, expected a finite number, 0 or more$"),
        ("\np_pi_spred: 0.1", r"v.yml:2:1: p_pi_spred: found an unknown name, .*; did you mean p_pi_spread\?$"),
        ("p_pi_spread: much", r"v.yml:1:14: p_pi_spread: found 'much', expected a finite number"),
        ("p_pi_spread: .nan", r"v.yml:1:14: p_pi_spread: found nan"),
        ("p_pi_spread: true", r"v.yml:1:14: p_pi_spread: found "),
        ("p_pi_spread: null", r"v.yml:1:14: p_pi_spread: found "),
        ("adc_bits: 7.5", r"v.yml:1:11: adc_bits: found 7.5, expected a whole number of bits"),
        ("correlated_share: 1.5", r"v.yml:1:19: correlated_share: found 1.5, expected a share, 0 to 1$"),
        ("facet_reflection_db: 3", r"v.yml:1:22: facet_reflection_db: found 3, expected a level in dB, 0 or less"),
        ("- p_pi_spread", r"v.yml:1:1: found .*, expected names and values"),
        ("p_pi_spread: [", r"v.yml:.*: found broken YAML"),
    ],
)
def test_a_bad_file_is_one_line(tmp_path, text, complaint):
    path = tmp_path / "v.yml"
    path.write_text(text)
    with pytest.raises(SpecError, match=complaint) as error:
        Imperfections.from_file(path)
    assert "\n" not in str(error.value)


def test_the_manual_has_every_field():
    """Name, default and unit of each row are those of the code; nothing is missing, nothing more is there."""
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|", MANUAL.read_text(), re.MULTILINE)
    told = {name: (default.strip(), unit.strip()) for name, default, unit in rows}
    real = Imperfections.real()
    assert list(told) == [f.name for f in fields(Imperfections)]
    for name, (default, unit) in told.items():
        value = getattr(real, name)
        expected = (
            "2π" if value == 2 * np.pi else "off" if value is False else "none" if value is None else f"{value:g}"
        )
        assert default == expected, name
        for ending, word in (("_rad", "rad"), ("_db", "dB"), ("_mm", "mm"), ("_nm", "nm"), ("_khz", "kHz")):
            assert not name.endswith(ending) or unit == word, name
