"""A unitary, decomposed to phases, drawn, read back from the GDS and simulated by SAX, is that unitary again."""

import numpy as np
import pytest
from scipy.stats import unitary_group

from chips.reference import s_matrix
from compiler.compile import build
from compiler.decompose import decompose, positions
from compiler.layer import mesh_cell
from compiler.names import left, right
from layouts.contact import contact
from layouts.emit import emit
from layouts.extract import extract
from layouts.place import place
from layouts.route import route
from pdk import registry


@pytest.mark.parametrize("ports", [2, 4, 5, 8])
def test_decomposed_drawn_extracted_simulated(tmp_path, ports):
    pdk = registry.get("generic")
    emit(route(contact(place(build(pdk, ports=ports, layers=1), pdk), pdk), pdk), pdk, tmp_path / "chip.gds")
    extracted = extract(tmp_path / "chip.gds", pdk).netlist
    wanted = unitary_group.rvs(ports, random_state=ports)
    phases = decompose(wanted)
    program = {}
    for (column, row), theta, phi in zip(positions(ports), phases.theta_rad, phases.phi_rad, strict=True):
        program[f"mzi_{column}_{row}.theta"] = {"phase_rad": float(theta)}
        program[f"mzi_{column}_{row}.phi"] = {"phase_rad": float(phi)}
    s = s_matrix(extracted, pdk, program=program, cell=mesh_cell(ports), photodiodes=False)
    rows = range(ports)
    mesh = s.between([right(ports, row) for row in rows], [left(ports, row) for row in rows])[0]
    built = np.exp(1j * phases.screen_rad)[:, None] * mesh
    loss = np.linalg.norm(built) / np.sqrt(ports)
    assert 10 ** (-0.6 * ports / 20) < loss < 1
    common = np.vdot(wanted, built)
    deviation = np.abs(built * np.conj(common) / abs(common) / loss - wanted).max()
    assert deviation < 1e-3 * ports
    back = s.between([left(ports, row) for row in rows], [right(ports, row) for row in rows])[0]
    np.testing.assert_allclose(back, mesh.T, atol=1e-12)
