"""Models of SiEPIC EBeam against the S-parameters that its package holds, at 1550 nm."""

import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from pdk.registry import get
from pdk.siepic import library, tech

pytestmark = pytest.mark.skipif(find_spec(tech.PACKAGE) is None, reason=f"{tech.PACKAGE} is not installed")

PROCESS = get("siepic-ebeam")
MODELS = PROCESS.models()
HZ = 299_792_458 / 1.55e-6
HEAD = re.compile(r"\('port (\d)','TE',1,'port (\d)',1,'transmission'\)")


def source(*parts: str) -> Path:
    return library.folder().joinpath("CML", "EBeam", "source_data", *parts)


def powers(path: Path) -> dict[tuple[int, int], float]:
    """(port out, port in) to power at 1550 nm."""
    lines, found = path.read_text().splitlines(), {}
    for k, line in enumerate(lines):
        if head := HEAD.match(line):
            count = int(re.findall(r"\d+", lines[k + 1])[0])
            data = np.array([[float(word) for word in row.split()] for row in lines[k + 2 : k + 2 + count]])
            data = data[np.argsort(data[:, 0])]
            found[int(head[1]), int(head[2])] = float(np.interp(HZ, data[:, 0], data[:, 1])) ** 2
    return found


def db(power: float) -> float:
    return 10 * np.log10(power)


def model_power(name: str, pair: tuple[str, str], **settings) -> float:
    return float(abs(MODELS[name](**settings)[pair]) ** 2)


def test_the_splitter_is_the_packages_within_a_tenth_of_a_decibel() -> None:
    """Its ports: opt2 is our o1, opt1 o2, opt3 o3, opt4 o4."""
    theirs = powers(source("bdc_TE_source", "bdc_Thickness =220 width=500.sparam"))
    ours = {1: "o2", 2: "o1", 3: "o3", 4: "o4"}
    waveguide_db = 71e-4 * PROCESS.value("waveguide_loss_db_per_cm")
    for pair in ((3, 1), (4, 1), (3, 2), (4, 2)):
        drawn = model_power("ebeam_bdc_te1550", (ours[pair[1]], ours[pair[0]]))
        assert db(drawn) == pytest.approx(db(theirs[pair]) - waveguide_db, abs=0.1)
    lost = -np.mean([db(theirs[3, k] + theirs[4, k]) for k in (1, 2)])
    assert PROCESS.value("splitter_2x2_loss_db") == pytest.approx(lost + waveguide_db, abs=2e-3)


def test_the_y_branch_is_the_packages() -> None:
    theirs = powers(source("y_branch_source", "Ybranch_Thickness =220 width=500.sparam"))
    for k in (2, 3):
        assert db(model_power("ebeam_y_1550", ("o1", f"o{k}"))) == pytest.approx(db(theirs[k, 1]), abs=0.01)
    assert theirs[2, 3] < 0.003, "the model has no light go from branch to branch"


def test_the_rate_of_couplers_is_the_packages() -> None:
    """Straight lengths of 200 nm gap: the phase of the coupling grows by the model's rate."""
    from pdk.siepic.coupling import COUPLERS

    angles = []
    for length in ("5", "15", "25"):
        theirs = powers(source("ebeam_dc_te1550", f"dc_gap=200nm_Lc={length}um.sparam"))
        angles.append(np.arctan(np.sqrt(theirs[4, 1] / theirs[3, 1])))
        power = COUPLERS.power(200, int(length) * 1000)
        assert power == pytest.approx(theirs[4, 1] / (theirs[3, 1] + theirs[4, 1]), abs=0.02), "S-bends included"
    assert np.polyfit([5, 15, 25], angles, 1)[0] == pytest.approx(COUPLERS.kappa_rad_per_um(200), rel=0.03)


def test_the_fall_of_the_rate_with_the_gap_is_the_packages() -> None:
    """A bend of 18 um beside a straight, 200 nm apart: the gap grows as z^2 / 2R, which the decay makes a length."""
    from pdk.siepic.coupling import COUPLERS

    part = "te_ebeam_dc_halfring_straight_gap=200nm_radius=18000nm_width=500nm_thickness=220nm_CoupleLength=0nm.dat"
    lines = source("ebeam_dc_halfring_straight", part).read_text().splitlines()
    start = next(k for k, line in enumerate(lines) if line.startswith('("port 1","mode 1",1,"port 4"'))
    count = int(re.findall(r"\d+", lines[start + 1])[0])
    data = np.array([[float(word) for word in row.split()] for row in lines[start + 2 : start + 2 + count]])
    data = data[np.argsort(data[:, 0])]
    theirs = float(np.interp(HZ, data[:, 0], data[:, 1])) ** 2
    length_um = np.sqrt(np.pi * 2 * 18 / PROCESS.value("coupler_decay_per_um"))
    assert np.sin(COUPLERS.kappa_rad_per_um(200) * length_um) ** 2 == pytest.approx(theirs, rel=0.02)


def test_the_waveguide_and_its_heater_are_the_packages() -> None:
    row = source("wg_integral_source", "WaveGuideTETMStrip,w=500,h=220.txt").read_text().split()
    assert (PROCESS.value("n_eff"), PROCESS.value("n_g")) == (float(row[1]), float(row[3]))
    heated = library.folder().joinpath("pymacros", "opics_ebeam", "data", "tunable_wg")
    cold, hot = (
        float((heated / f"WaveGuideTETMStrip,w=500,h=220,p={p}.txt").read_text().split()[1]) for p in ("0", "0.03")
    )
    assert (hot - cold) * 190 == pytest.approx(1.55 / 2, rel=1e-3)
    assert PROCESS.value("heater_p_pi_mw") == 30.0


def test_the_grating_and_the_termination_are_the_packages() -> None:
    data = np.loadtxt(source("gc_source", "GC_TE1550_thickness=220 deltaw=0.txt"))
    data = data[np.argsort(data[:, 0])]
    passed = np.interp(HZ, data[:, 0], data[:, 3])
    assert db(model_power("ebeam_gc_te1550", ("o1", "o2"))) == pytest.approx(20 * np.log10(passed), abs=0.1)
    back = powers(source("ebeam_terminator_te1550", "nanotaper_w1=500,w2=60,L=10_TE.sparam"))[1, 1]
    assert PROCESS.value("termination_reflection_db") == pytest.approx(db(back), abs=0.1)
