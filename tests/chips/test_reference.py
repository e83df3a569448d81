"""The reference itself, against closed forms that need neither SAX nor our engine."""

from itertools import pairwise

import numpy as np
import pytest

from chips.reference import s_matrix
from compiler.netlist import Cell, Instance, Netlist, Pin
from pdk.contract import Role


def _chain(lengths_nm: list[int]) -> Netlist:
    """Straights in a row, as routing adds them, in a cell of their own."""
    names = [f"straight_{k}" for k in range(len(lengths_nm))]
    instances = {
        name: Instance("straight", {"length_nm": length}) for name, length in zip(names, lengths_nm, strict=True)
    }
    nets = tuple((Pin(a, "o2"), Pin(b, "o1")) for a, b in pairwise(names))
    return Netlist("chain", {"chain": Cell(instances, nets, {"o1": Pin(names[0], "o1"), "o2": Pin(names[-1], "o2")})})


@pytest.mark.parametrize(("theta", "phi"), [(0.3, 0.5), (2.1, 1.0), (4.0, 5.5)])
def test_mzi_is_that_of_the_manual(pdk, circuit, theta, phi):
    """T = i e^{iθ/2} [[e^{iφ} sin θ/2, cos θ/2], [e^{iφ} cos θ/2, −sin θ/2]] times what both arms share."""
    program = {"theta": {"phase_rad": theta}, "phi": {"phase_rad": phi}}
    s = s_matrix(circuit(4), pdk, program=program, cell="mzi", photodiodes=False)
    (t,) = s.between(["o3", "o4"], ["o2", "o1"])
    half, turn = theta / 2, np.exp(1j * phi)
    wanted = (
        1j * np.exp(1j * half) * np.array([[turn * np.sin(half), np.cos(half)], [turn * np.cos(half), -np.sin(half)]])
    )
    common = t[0, 1] / wanted[0, 1]
    assert 0.9 < abs(common) < 1
    assert np.abs(t - common * wanted).max() < 1e-12
    assert np.abs(t - common * wanted.T).max() > 1e-3, "control: transposed"


def test_waveguides_of_a_routed_netlist(pdk):
    """A chain of straights is a straight of the summed length, at every wavelength."""
    wl_um = np.array([1.5, 1.55, 1.6])
    s = s_matrix(_chain([10_000, 4_321, 57_003]), pdk, wl_um=wl_um)
    one = pdk.models()[pdk.roles[Role.STRAIGHT]](wl=wl_um, length_nm=71_324)
    assert s.values.shape == (3, 2, 2)
    assert np.abs(s.between(["o2"], ["o1"])[:, 0, 0] - np.asarray(one["o1", "o2"])).max() < 1e-12
    longer = s_matrix(_chain([10_000, 4_321, 57_004]), pdk, wl_um=wl_um)
    assert np.abs(longer.values - s.values).max() > 1e-3, "control: 1 nm more"


def test_uses_of_a_cell_are_evaluated_together(pdk, circuit):
    """Settings that differ from MZI to MZI, batched, give what each gives alone."""
    netlist = circuit(4)
    rng = np.random.default_rng(0)
    phases = {name: rng.uniform(0, 6) for name in ("mzi_0_0", "mzi_0_2", "mzi_1_1")}
    pair = Cell(
        {"a": Instance("mzi"), "b": Instance("mzi")},
        (),
        {f"{i}{p}": Pin(i, p) for i in "ab" for p in ("o1", "o2", "o3", "o4")},
    )
    both = Netlist("pair", {"pair": pair, **netlist.cells})
    first, second = phases["mzi_0_0"], phases["mzi_0_2"]
    program = {"a.theta": {"phase_rad": first}, "b.theta": {"phase_rad": second}, "b.phi_twin": {"loss_db": 3.0}}
    s = s_matrix(both, pdk, program=program)
    alone = [
        s_matrix(netlist, pdk, program={"theta": {"phase_rad": first}}, cell="mzi"),
        s_matrix(netlist, pdk, program={"theta": {"phase_rad": second}, "phi_twin": {"loss_db": 3.0}}, cell="mzi"),
    ]
    outs, ins = ["o3", "o4", "phi_tap.pd"], ["o1", "o2", "o3", "o4"]
    for name, single in zip("ab", alone, strict=True):
        named = [f"{name}.{port}" if "." in port else f"{name}{port}" for port in outs]
        got = s.between(named, [f"{name}{port}" for port in ins])
        assert np.abs(got - single.between(outs, ins)).max() < 1e-12
    assert np.abs(alone[0].between(outs, ins) - alone[1].between(outs, ins)).max() > 0.1


def test_reflections_are_kept(pdk, circuit):
    """The reference follows light that turns back; a matched circuit has none."""
    netlist = circuit(4)
    assert np.abs(s_matrix(netlist, pdk, cell="mzi").between(["o1", "o2"], ["o1", "o2"])).max() == 0
    shiny = {"phi_tap.end": {"reflection": 0.04}}
    back = s_matrix(netlist, pdk, program=shiny, cell="mzi").between(["o2"], ["o2"])
    coupling = abs(pdk.models()[pdk.roles[Role.TAP]]()["o1", "o3"]) ** 2
    passed = abs(pdk.models()[pdk.roles[Role.PHASE_SHIFTER]]()["o1", "o2"]) ** 2
    assert abs(back[0, 0, 0]) == pytest.approx(0.2 * coupling * passed)


def test_a_program_for_nothing_is_refused(pdk, circuit):
    with pytest.raises(ValueError, match=r"found thetta, expected the path of a device in mzi"):
        s_matrix(circuit(4), pdk, program={"thetta": {"phase_rad": 1.0}}, cell="mzi")
