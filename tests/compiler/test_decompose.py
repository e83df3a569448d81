"""Unitaries and matrices survive the way into phases and back."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.decompose import MeshPhases, columns, compose, decompose, mzi, positions
from compiler.reck import compose_reck, decompose_reck, reck_positions
from compiler.svd import attenuation, compose_svd, decompose_svd

seeds, sizes = st.integers(0, 2**32 - 1), st.integers(2, 24)


def haar(ports: int, seed: int) -> np.ndarray:
    """A Haar-random unitary: QR of a Ginibre matrix with R's phases divided out (Mezzadri, arXiv:math-ph/0609050)."""
    rng = np.random.default_rng(seed)
    q, r = np.linalg.qr(rng.normal(size=(ports, ports)) + 1j * rng.normal(size=(ports, ports)))
    return q * (np.diag(r) / np.abs(np.diag(r)))


def check_round_trip(unitary: np.ndarray) -> None:
    for phases in (decompose(unitary), decompose_reck(unitary)):
        assert np.abs(compose(phases) - unitary).max() < 1e-12
        assert phases.theta_rad.min() >= 0 and phases.theta_rad.max() <= np.pi
        for outer in (phases.phi_rad, phases.screen_rad):
            assert outer.min() >= 0 and outer.max() < 2 * np.pi
        assert len(phases.theta_rad) == len(phases.phi_rad) == phases.ports * (phases.ports - 1) // 2


@given(sizes, seeds)
def test_orthogonal_matrices_and_entries_near_nothing(ports: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    check_round_trip(np.linalg.qr(rng.normal(size=(ports, ports)))[0])
    nearly = np.eye(ports, dtype=complex)
    nearly[-1, 0] = rng.choice([1e-310, 1e-160, 1e-17, 1e-13])
    check_round_trip(nearly)


@given(sizes, seeds)
def test_any_unitary_comes_back(ports: int, seed: int) -> None:
    check_round_trip(haar(ports, seed))


@given(sizes, seeds)
def test_any_setting_comes_back_as_the_same_light(ports: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = ports * (ports - 1) // 2
    theta_rad = rng.choice([0, np.pi / 2, np.pi, 1.0], count)  # bars and crosses on purpose
    for kind in ("clements", "reck"):
        drawn = MeshPhases(theta_rad, rng.uniform(0, 2 * np.pi, count), rng.uniform(0, 2 * np.pi, ports), kind)
        check_round_trip(compose(drawn))


@given(sizes, seeds, st.sampled_from([decompose, decompose_reck]))
def test_the_phases_of_a_generic_unitary_are_the_only_ones(ports: int, seed: int, into) -> None:
    rng = np.random.default_rng(seed)
    count, kind = ports * (ports - 1) // 2, into(np.eye(2)).kind
    drawn = MeshPhases(rng.uniform(1, 2, count), rng.uniform(0, 6, count), rng.uniform(0, 6, ports), kind)
    found = into(compose(drawn))
    np.testing.assert_allclose(found.theta_rad, drawn.theta_rad, atol=1e-6)
    for name in ("phi_rad", "screen_rad"):
        np.testing.assert_allclose(np.exp(1j * getattr(found, name)), np.exp(1j * getattr(drawn, name)), atol=1e-6)


@given(sizes, seeds, st.sampled_from([decompose, decompose_reck]), st.sampled_from(["theta_rad", "phi_rad"]))
def test_a_changed_phase_is_noticed(ports: int, seed: int, into, name: str) -> None:
    rng = np.random.default_rng(seed)
    unitary = haar(ports, seed)
    phases = into(unitary)
    changed = getattr(phases, name).copy()
    changed[rng.integers(len(changed))] += 1e-3
    assert np.linalg.norm(compose(replace(phases, **{name: changed})) - unitary) > 1e-6


@given(sizes, seeds)
def test_one_mesh_is_not_the_other(ports: int, seed: int) -> None:
    unitary = haar(ports + 2, seed)  # of three rows both are the same
    assert np.abs(compose(replace(decompose(unitary), kind="reck")) - unitary).max() > 1e-3
    with pytest.raises(ValueError, match="phases of a clements mesh: expected kind reck"):
        compose_reck(decompose(unitary))


@pytest.mark.parametrize("ports", [64, 256])
def test_large_meshes_are_as_exact(ports: int) -> None:
    check_round_trip(haar(ports, ports))


def test_numbers_that_do_not_fit_a_mesh() -> None:
    phases = decompose(haar(4, 0))
    with pytest.raises(ValueError, match="7 MZIs: expected 6 for 4 ports"):
        compose(replace(phases, theta_rad=np.zeros(7), phi_rad=np.zeros(7)))
    with pytest.raises(ValueError, match="5 MZIs: expected 6 for 4 ports"):
        compose(replace(phases, theta_rad=np.zeros(5), phi_rad=np.zeros(5)))


@given(sizes, seeds)
def test_permutations_and_diagonals(ports: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    phases = np.exp(1j * rng.uniform(0, 2 * np.pi, ports))
    check_round_trip(np.eye(ports)[rng.permutation(ports)] * phases)
    check_round_trip(np.diag(phases))


@given(sizes, sizes, seeds)
def test_blocks_of_unitaries(upper: int, lower: int, seed: int) -> None:
    ports = upper + lower
    block = np.zeros((ports, ports), dtype=complex)
    block[:upper, :upper], block[upper:, upper:] = haar(upper, seed), haar(lower, seed + 1)
    check_round_trip(block)


@pytest.mark.parametrize("ports", range(2, 17))
def test_named_matrices(ports: int) -> None:
    for unitary in (np.eye(ports), np.eye(ports)[::-1], -np.eye(ports), np.fft.fft(np.eye(ports)) / np.sqrt(ports)):
        check_round_trip(unitary)


def test_order_of_a_mesh() -> None:
    assert columns(2) == ((0,),)
    assert columns(3) == ((0,), (1,), (0,))
    assert columns(4) == ((0, 2), (1,), (0, 2), (1,))
    assert positions(4) == ((0, 0), (0, 2), (1, 1), (2, 0), (2, 2), (3, 1))
    for ports in range(2, 40):
        assert len(positions(ports)) == ports * (ports - 1) // 2
    with pytest.raises(ValueError, match="1 ports: expected at least 2"):
        columns(1)


def test_order_of_a_triangle() -> None:
    assert reck_positions(2) == ((0, 0),)
    assert reck_positions(3) == ((0, 0), (1, 1), (2, 0))
    assert columns(4, "reck") == ((0,), (1,), (0, 2), (1,), (0,))
    for ports in range(2, 40):
        places = reck_positions(ports)
        assert [sum(row == r for _, row in places) for r in range(ports - 1)] == list(range(ports - 1, 0, -1))
        assert sorted(places) == list(places) and all(row % 2 == column % 2 for column, row in places)
    with pytest.raises(ValueError, match="1 ports: expected at least 2"):
        reck_positions(1)
    with pytest.raises(ValueError, match="kind 'square': expected clements or reck"):
        columns(4, "square")


@given(st.floats(0, np.pi), st.floats(0, 2 * np.pi))
def test_an_mzi_is_two_couplers_and_two_phases(theta_rad: float, phi_rad: float) -> None:
    coupler = np.array([[1, 1j], [1j, 1]]) / np.sqrt(2)
    built = coupler @ np.diag([np.exp(1j * theta_rad), 1]) @ coupler @ np.diag([np.exp(1j * phi_rad), 1])
    np.testing.assert_allclose(mzi(theta_rad, phi_rad), built, atol=1e-15)


@pytest.mark.parametrize(
    ("matrix", "text"),
    [
        (np.ones((2, 3)), r"shape \(2, 3\): expected a square matrix of at least 2 rows"),
        (np.ones((1, 1)), r"shape \(1, 1\): expected a square matrix of at least 2 rows"),
        (2 * np.eye(2), r"not unitary: \|U†U - 1\| is up to 3, expected at most 1e-09"),
        (np.diag([1.0, np.nan]), r"entry \(1, 1\) is .*nan.*: expected finite numbers"),
    ],
)
def test_what_is_no_unitary(matrix: np.ndarray, text: str) -> None:
    for into in (decompose, decompose_reck):
        with pytest.raises(ValueError, match=text):
            into(matrix)


@pytest.mark.parametrize(("rows", "cols"), [(64, 64), (256, 10), (100, 128)])
def test_large_matrices_as_layers(rows: int, cols: int) -> None:
    matrix = np.random.default_rng(rows).normal(size=(rows, cols))
    phases = decompose_svd(matrix)
    built = compose_svd(phases)
    assert np.abs(built[:rows, :cols] - matrix).max() < 1e-12 * phases.scale
    built[:rows, :cols] = 0
    assert np.abs(built).max() < 1e-12 * phases.scale


@settings(max_examples=50)
@given(st.integers(1, 16), st.integers(1, 16), seeds, st.sampled_from([1e-6, 0.1, 1, 100]))
def test_any_matrix_comes_back(rows: int, cols: int, seed: int, size: float) -> None:
    rng = np.random.default_rng(seed)
    matrix = size * (rng.normal(size=(rows, cols)) + 1j * rng.normal(size=(rows, cols)))
    matrix[rng.integers(rows)] = 0
    phases = decompose_svd(matrix)
    built = compose_svd(phases)
    assert np.abs(built[:rows, :cols] - matrix).max() < 1e-12 * phases.scale
    assert not phases.mesh_v.screen_rad.any()
    assert phases.scale == pytest.approx(max(1.0, np.linalg.norm(matrix, 2)), rel=1e-12)


def test_svd_of_special_matrices() -> None:
    for matrix in (np.zeros((4, 4)), np.eye(4), np.ones((4, 4)), haar(16, 1)):
        phases = decompose_svd(matrix)
        assert np.abs(compose_svd(phases) - matrix).max() < 1e-12 * phases.scale
    for matrix, text in ((np.ones(3), "expected a matrix"), (np.full((2, 2), np.inf), "expected finite numbers")):
        with pytest.raises(ValueError, match=text):
            decompose_svd(matrix)


@given(st.floats(0, np.pi), st.floats(0, 2 * np.pi))
def test_an_attenuator_is_the_upper_way_through_an_mzi(theta_rad: float, phi_rad: float) -> None:
    np.testing.assert_allclose(attenuation(np.array(theta_rad), np.array(phi_rad)), mzi(theta_rad, phi_rad)[0, 0])
