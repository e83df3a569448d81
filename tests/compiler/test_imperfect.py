"""Meshes with couplers that are not 50:50 do the wanted unitary, or say how far they stay from it."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.decompose import MeshPhases, compose, decompose, mzi
from compiler.fit import decompose_imperfect, program_mesh
from compiler.imperfect import Imbalance, compose_imperfect, correct, imperfect_mzi, out_of_reach, reach
from compiler.reck import decompose_reck

SPREAD_RAD = 0.02
"""Of the couplers' angles: that of `chips.variation`, 2 % of the power."""

seeds, sizes = st.integers(0, 2**32 - 1), st.integers(2, 24)
into = st.sampled_from([decompose, decompose_reck])


def haar(ports: int, seed: int) -> np.ndarray:
    """A Haar-random unitary (Mezzadri, arXiv:math-ph/0609050)."""
    rng = np.random.default_rng(seed)
    q, r = np.linalg.qr(rng.normal(size=(ports, ports)) + 1j * rng.normal(size=(ports, ports)))
    return q * (np.diag(r) / np.abs(np.diag(r)))


def draw(ports: int, seed: int, spread_rad: float = SPREAD_RAD) -> Imbalance:
    rng = np.random.default_rng(seed)
    return Imbalance(*rng.normal(0, spread_rad, (2, ports * (ports - 1) // 2)))


def reachable(phases, imbalance: Imbalance) -> np.ndarray:
    """A unitary whose every splitting the mesh has: θ moved into reach."""
    return compose(replace(phases, theta_rad=np.clip(phases.theta_rad, *reach(imbalance))))


def distance(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.linalg.norm(one - other) / np.sqrt(len(one)))


@given(sizes, seeds, into)
def test_perfect_couplers_change_nothing(ports: int, seed: int, into) -> None:
    unitary = haar(ports, seed)
    phases, none = into(unitary), draw(ports, seed, 0.0)
    assert np.abs(compose_imperfect(phases, none) - unitary).max() < 1e-12
    found = program_mesh(unitary, none, phases.kind)
    assert found.largest_error < 1e-12
    for name in ("theta_rad", "phi_rad", "screen_rad"):
        turned = np.exp(1j * getattr(found.phases, name)) - np.exp(1j * getattr(phases, name))
        assert np.abs(turned).max() < 1e-9


@given(st.floats(0, np.pi), st.floats(0, 6), st.floats(-0.3, 0.3), st.floats(-0.3, 0.3))
def test_an_mzi_keeps_what_reach_says(theta_rad: float, phi_rad: float, first: float, second: float) -> None:
    imbalance = Imbalance(np.array([first]), np.array([second]))
    (block,) = imperfect_mzi(np.array([theta_rad]), np.array([phi_rad]), imbalance)
    np.testing.assert_allclose(block @ block.conj().T, np.eye(2), atol=1e-14)
    least, most = (abs(mzi(float(end[0]), 0.0)[0, 0]) for end in reach(imbalance))
    assert least - 1e-14 <= abs(block[0, 0]) <= most + 1e-14
    ends = imperfect_mzi(np.array([0, np.pi]), np.zeros(2), Imbalance(np.full(2, first), np.full(2, second)))
    np.testing.assert_allclose(np.abs(ends[:, 0, 0]), [least, most], atol=1e-14)
    np.testing.assert_allclose(
        imperfect_mzi(np.array([theta_rad]), np.array([phi_rad]), Imbalance(np.zeros(1), np.zeros(1)))[0],
        mzi(theta_rad, phi_rad),
        atol=1e-15,
    )


@pytest.mark.parametrize("ports", [4, 8, 16, 32, 64])
@pytest.mark.parametrize("into", [decompose, decompose_reck])
def test_within_reach_nothing_is_left(ports: int, into) -> None:
    imbalance = draw(ports, ports)
    unitary = reachable(into(haar(ports, 1)), imbalance)
    phases = into(unitary)
    uncorrected = distance(compose_imperfect(phases, imbalance), unitary)
    assert uncorrected > SPREAD_RAD
    assert np.abs(compose_imperfect(correct(phases, imbalance), imbalance) - unitary).max() < 1e-12
    found = program_mesh(unitary, imbalance, phases.kind)
    assert found.largest_error < 1e-12
    inner = replace(phases, theta_rad=np.clip(phases.theta_rad, 0.3, np.pi - 0.3))
    unitary = compose(inner)
    assert np.abs(compose_imperfect(correct(inner, imbalance), imbalance) - unitary).max() < 1e-12
    found = program_mesh(unitary, imbalance, phases.kind)
    assert found.largest_error < 1e-12
    assert np.abs(compose_imperfect(found.phases, imbalance) - unitary).max() == found.largest_error


@given(sizes, seeds, into)
def test_correction_is_exact_or_out_of_reach(ports: int, seed: int, into) -> None:
    unitary, imbalance = haar(ports, seed), draw(ports, seed)
    phases = into(unitary)
    found = correct(phases, imbalance)
    assert found.theta_rad.min() >= 0 and found.theta_rad.max() <= np.pi and found.kind == phases.kind
    error = distance(compose_imperfect(found, imbalance), unitary)
    assert error < 1e-12 or out_of_reach(phases, imbalance).any()


@given(sizes, seeds, into)
def test_nulling_with_the_real_devices_is_correction_within_reach(ports: int, seed: int, into) -> None:
    imbalance = draw(ports, seed)
    phases = into(reachable(into(haar(ports, seed)), imbalance))
    nulled = decompose_imperfect(compose(phases), imbalance, phases.kind)
    assert np.abs(compose_imperfect(nulled, imbalance) - compose(phases)).max() < 1e-12


@given(sizes, seeds, st.sampled_from(["clements", "reck"]), st.sampled_from([0, np.pi]))
def test_exact_cross_and_bar(ports: int, seed: int, kind, theta_rad: float) -> None:
    """Couplers whose errors cancel reach the cross state, equal ones the bar state, where entries of an MZI are 0."""
    rng, first_rad = np.random.default_rng(seed), draw(ports, seed).first_rad
    imbalance = Imbalance(first_rad, first_rad if theta_rad else -first_rad)
    count = len(first_rad)
    asked = MeshPhases(np.full(count, theta_rad), rng.uniform(0, 6, count), rng.uniform(0, 6, ports), kind)
    assert np.abs(compose_imperfect(correct(asked, imbalance), imbalance) - compose(asked)).max() < 1e-12


@pytest.mark.parametrize("into", [decompose, decompose_reck])
def test_each_step_brings_it_closer(into) -> None:
    unitary, imbalance = haar(32, 1), draw(32, 98)
    phases = into(unitary)
    errors = [distance(compose_imperfect(phases, imbalance), unitary)]
    errors.append(distance(compose_imperfect(correct(phases, imbalance), imbalance), unitary))
    nulled = decompose_imperfect(unitary, imbalance, phases.kind)
    errors.append(distance(compose_imperfect(nulled, imbalance), unitary))
    errors += [program_mesh(unitary, imbalance, phases.kind, sweeps).relative_error for sweeps in (1, 3, 10)]
    assert out_of_reach(phases, imbalance).any() and errors[1] < errors[0] / 5
    assert all(later < 0.99 * earlier for earlier, later in pairwise(errors)), errors


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 16), seeds, into)
def test_programming_is_never_worse_than_correcting(ports: int, seed: int, into) -> None:
    unitary, imbalance = haar(ports, seed), draw(ports, seed, 0.1)
    phases = into(unitary)
    locally = distance(compose_imperfect(correct(phases, imbalance), imbalance), unitary)
    nulled = program_mesh(unitary, imbalance, phases.kind, sweeps=0)
    swept = program_mesh(unitary, imbalance, phases.kind, sweeps=2)
    assert swept.relative_error <= nulled.relative_error < locally * (1 + 1e-9) + 1e-12
    assert swept.relative_error == pytest.approx(distance(compose_imperfect(swept.phases, imbalance), unitary))
    assert swept.phases.theta_rad.min() >= 0 and swept.phases.theta_rad.max() <= np.pi


@pytest.mark.parametrize("kind", ["clements", "reck"])
def test_what_64_ports_cannot_reach_is_reported(kind: str) -> None:
    unitary, imbalance = haar(64, 0), draw(64, 99)
    phases = (decompose_reck if kind == "reck" else decompose)(unitary)
    assert 10 < out_of_reach(phases, imbalance).sum() < 100
    uncorrected = distance(compose_imperfect(phases, imbalance), unitary)
    locally = distance(compose_imperfect(correct(phases, imbalance), imbalance), unitary)
    found = program_mesh(unitary, imbalance, kind, sweeps=5)
    assert 0.15 < uncorrected < 0.3
    assert locally < uncorrected / 8
    assert 1e-3 < found.relative_error < 0.8 * locally
    assert found.largest_error >= found.relative_error / 8  # the mean over a row of 64 entries


@settings(max_examples=40, deadline=None)
@given(sizes, seeds, into)
def test_special_matrices(ports: int, seed: int, into) -> None:
    rng, imbalance = np.random.default_rng(seed), draw(ports, seed)
    kind = into(np.eye(2)).kind
    real = np.linalg.qr(rng.normal(size=(ports, ports)))[0]
    for unitary in (np.eye(ports), np.eye(ports)[::-1], np.eye(ports)[rng.permutation(ports)], real):
        uncorrected = distance(compose_imperfect(into(unitary), imbalance), unitary)
        found = program_mesh(unitary, imbalance, kind, sweeps=1)
        assert np.isfinite(found.phases.phi_rad).all() and np.isfinite(found.phases.screen_rad).all()
        assert found.relative_error <= uncorrected + 1e-12


@given(st.integers(3, 12), seeds, into)
def test_the_wrong_couplers_are_noticed(ports: int, seed: int, into) -> None:
    """Sabotage: the two couplers of each MZI exchanged, or all of the wrong sign."""
    unitary, imbalance = haar(ports, seed), draw(ports, seed)
    found = correct(into(unitary), imbalance)
    for other in (
        Imbalance(imbalance.second_rad, imbalance.first_rad),
        Imbalance(-imbalance.first_rad, -imbalance.second_rad),
    ):
        assert distance(compose_imperfect(found, other), unitary) > 1e-4


def test_bad_couplers_are_refused() -> None:
    phases = decompose(haar(4, 0))
    wrong = (
        (Imbalance(np.zeros(5), np.zeros(6)), r"first couplers: shape \(5,\), expected \(6,\) for 4 ports"),
        (Imbalance(np.zeros(6), np.full(6, np.nan)), "second coupler of MZI 0: nan, expected finite numbers"),
    )
    for imbalance, text in wrong:
        for call in (correct, compose_imperfect):
            with pytest.raises(ValueError, match=text):
                call(phases, imbalance)
        with pytest.raises(ValueError, match=text):
            program_mesh(haar(4, 0), imbalance)
    with pytest.raises(ValueError, match="not unitary"):
        program_mesh(np.ones((4, 4)), draw(4, 0))


def test_the_manual_runs(capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "decomposition.md").read_text()
    exec(page.split("```python")[1].split("```")[0], {})
    relative, largest, _ = capsys.readouterr().out.split()
    assert float(relative) < 0.1 and float(largest) < 0.1
