"""Every way to run a schedule gives the same light and the same derivatives."""

import os
import pickle
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chips import engine
from chips.engine import Coefficients, Method, Schedule, compiled
from pdk.light import jnp

METHODS = [m for m in Method if compiled.available() or m in (Method.SCAN, Method.SCAN_MATRIX)]
TOLERANCE = 1e-12


def _random(seed, rows=6, meetings=25, reads=7, inputs=3, singular=False, lead=()):
    """A schedule with reads at all times, and passive coefficients."""
    rng = np.random.default_rng(seed)
    pair = np.array([rng.choice(rows, 2, replace=False) for _ in range(meetings)]).reshape(-1, 2).T
    free, level = np.zeros(rows, int), []
    for a, b in pair.T:
        level.append(max(free[a], free[b]))
        free[[a, b]] = level[-1] + 1
    order = np.argsort(level, kind="stable")
    phases = 9
    schedule = Schedule(
        rows=rows,
        input_row=rng.choice(rows, inputs, replace=False).astype(np.int32),
        pair=pair[:, order].astype(np.int32),
        level=np.array(level, np.int32)[order],
        read_row=rng.integers(0, rows, reads).astype(np.int32),
        read_after=np.append(rng.integers(0, meetings + 1, reads - 1), meetings).astype(np.int32),
        way_slot=rng.integers(-1, phases, (2, 2, 2, meetings)).astype(np.int32),
        read_slot=rng.integers(-1, phases, (2, reads)).astype(np.int32),
    )
    block = _complex(rng, *lead, 2, meetings, 2, 2)
    if singular:
        block[..., 0, ::3, :, 1] = 0
        block[..., 1, 1::4, 1, :] = 0
    block /= np.linalg.norm(block, 2, axis=(-2, -1), keepdims=True)
    at = Coefficients(
        block=np.moveaxis(block, -3, -1).copy(),
        way=np.exp(1j * rng.uniform(0, 6, (*lead, 2, 2, meetings))),
        read=_complex(rng, *lead, reads),
    )
    return schedule, at, rng.uniform(-9, 9, phases), _complex(rng, inputs, 1 + seed % 40)


def _complex(rng, *shape):
    return rng.standard_normal(shape) + 1j * rng.standard_normal(shape)


def _by_hand(schedule, at, phases, x):
    """Meeting by meeting, in NumPy."""

    def turned(way, slots):
        return way * np.exp(1j * sum(np.where(slot < 0, 0, phases[slot]) for slot in slots))

    way, read = turned(at.way, schedule.way_slot), turned(at.read, schedule.read_slot)
    light = np.zeros((schedule.rows, x.shape[1]), complex)
    light[schedule.input_row] = x
    y = np.zeros((len(read), x.shape[1]), complex)
    for done in range(schedule.pair.shape[1] + 1):
        for k in np.flatnonzero(schedule.read_after == done):
            y[k] = read[k] * light[schedule.read_row[k]]
        if done < schedule.pair.shape[1]:
            rows = schedule.pair[:, done]
            for k in range(len(way)):
                light[rows] = at.block[k, :, :, done] @ (way[k, :, done, None] * light[rows])
    return y


def test_the_kernel_is_there_where_a_compiler_is():
    assert compiled.available() or not any(map(shutil.which, ("c++", "g++", "clang++")))


@pytest.mark.parametrize("method", METHODS)
@given(seed=st.integers(0, 2**31), singular=st.booleans())
@settings(max_examples=12, deadline=None)
def test_fields_and_powers_are_those_of_a_walk_by_hand(method, seed, singular):
    schedule, at, phases, x = _random(seed % 5, singular=singular)
    x = _complex(np.random.default_rng(seed), *x.shape)
    expected = _by_hand(schedule, at, phases, x)
    assert np.abs(expected).max() > 0.01
    assert np.abs(engine.fields(schedule, at, phases, x, method) - expected).max() < TOLERANCE
    assert np.abs(engine.powers(schedule, at, phases, x, method) - np.abs(expected) ** 2).max() < TOLERANCE
    assert np.abs(engine.matrix(schedule, at, phases, method) @ x - expected).max() < TOLERANCE


def _loss(schedule, method, weight, how):
    def loss(phases, at, x):
        y = how(schedule, at, phases, x, method)
        return jnp.sum(weight * (y.real**2 + 0.3 * y.real * y.imag + y.real))

    return jax.jit(jax.value_and_grad(loss, argnums=(0, 1, 2)))


@pytest.mark.parametrize("how", [engine.fields, engine.powers])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("singular", [False, True])
@pytest.mark.parametrize("seed", [1, 38])
def test_derivatives_are_differences(method, singular, seed, how):
    schedule, at, phases, x = _random(seed, singular=singular)
    rng = np.random.default_rng(seed)
    run = _loss(schedule, method, rng.standard_normal((len(schedule.read_row), 1)), how)
    _, (by_phase, by_at, by_x) = run(phases, at, x)
    step = 1e-6
    for k in range(len(phases)):
        turn = step * np.eye(len(phases))[k]
        slope = (run(phases + turn, at, x)[0] - run(phases - turn, at, x)[0]) / (2 * step)
        assert float(by_phase[k]) == pytest.approx(float(slope), rel=1e-6, abs=1e-7)
    for name in ("block", "way", "read"):
        value, found = np.asarray(getattr(at, name)), np.asarray(getattr(by_at, name))
        assert np.isfinite(found).all()
        move = step * _complex(rng, *value.shape)
        ends = [float(run(phases, replace(at, **{name: value + sign * move}), x)[0]) for sign in (1, -1)]
        assert np.sum(found * move).real == pytest.approx((ends[0] - ends[1]) / 2, rel=1e-6, abs=1e-12)
    move = step * _complex(rng, *x.shape)
    ends = [float(run(phases, at, x + sign * move)[0]) for sign in (1, -1)]
    assert float(np.sum(np.asarray(by_x) * move).real) == pytest.approx((ends[0] - ends[1]) / 2, rel=1e-6, abs=1e-12)


def _adjoints(schedule, at, phases, x):
    block, read, x = engine.light.prepare(schedule, at, phases, x, Method.KERNEL)
    y, saved = compiled.meet_keep(schedule, block, read, x)
    return [compiled.meet_back(schedule, saved, y.conj(), invert=invert) for invert in (True, False)]


@pytest.mark.skipif(not compiled.available(), reason="no kernel")
@pytest.mark.parametrize("inputs", [3, 6])
def test_both_adjoints_agree(inputs):
    """Fields inverted on the way back, or run again and kept: the same numbers to rounding."""
    schedule, at, phases, x = _random(37, meetings=60, inputs=inputs)
    units = np.moveaxis(np.linalg.qr(np.moveaxis(at.block, -1, 1))[0], 1, -1)
    inverted, kept = _adjoints(schedule, replace(at, block=0.98 * units), phases, x)
    assert not np.array_equal(inverted[0], kept[0]), "control: they are two different computations"
    for a, b in zip(inverted, kept, strict=True):
        assert np.abs(a - b).max() < 1e-12 * np.abs(b).max()


@pytest.mark.skipif(not compiled.available(), reason="no kernel")
def test_what_cannot_be_inverted_safely_is_kept():
    """Every block here has an inverse; sixty in a row would lose all digits."""
    may_invert, kept = _adjoints(*_random(37, meetings=60, inputs=6))
    assert all(np.array_equal(a, b) for a, b in zip(may_invert, kept, strict=True))


@pytest.mark.parametrize("method", METHODS)
def test_leading_axes_broadcast(method):
    schedule, at, _, x = _random(3, lead=(2,))
    phases = np.random.default_rng(0).uniform(0, 6, (4, 1, 9))
    found = engine.fields(schedule, at, phases, x, method)
    assert found.shape == (4, 2, len(schedule.read_row), x.shape[1])
    for k, chip in ((0, 0), (3, 1)):
        one = Coefficients(at.block[chip], at.way[chip], at.read[chip])
        assert np.abs(found[k, chip] - _by_hand(schedule, one, phases[k, 0], x)).max() < TOLERANCE
    mapped = jax.vmap(lambda p: engine.fields(schedule, at, p, x, method))(phases)
    assert np.abs(mapped - found).max() < TOLERANCE
    slope = jax.grad(lambda p: jnp.sum(engine.powers(schedule, at, p, x, method)))(phases)
    each = jax.vmap(jax.grad(lambda p: jnp.sum(engine.powers(schedule, at, p, x, method))))(phases)
    assert slope.shape == phases.shape
    assert np.abs(slope - each).max() < 1e-10


@pytest.mark.parametrize("method", METHODS)
def test_single_precision_where_fields_are_single(method):
    schedule, at, phases, x = _random(35, meetings=60, inputs=6)
    exact = np.asarray(engine.fields(schedule, at, phases, x, method))
    single = engine.fields(schedule, at, phases, x.astype(np.complex64), method)
    assert single.dtype == np.complex64
    assert engine.fields(schedule, at, phases, x.real.astype(np.float32), method).dtype == np.complex64
    assert 0 < np.abs(single - exact).max() < 3e-6 * np.abs(exact).max()


@pytest.mark.parametrize("samples", [1, 7, 31, 32, 33, 300])
def test_any_number_of_samples(samples):
    schedule, at, phases, _ = _random(2)
    x = _complex(np.random.default_rng(samples), 3, samples)
    expected = _by_hand(schedule, at, phases, x)
    for method in METHODS:
        assert np.abs(engine.fields(schedule, at, phases, x, method) - expected).max() < TOLERANCE


def test_results_that_do_not_fit_the_cache():
    """Past some size results go to memory directly: the same numbers, whole tiles and a ragged end."""
    schedule, at, phases, _ = _random(2, reads=150)
    for samples in (1024, 1001):
        x = _complex(np.random.default_rng(0), 3, samples)
        expected = _by_hand(schedule, at, phases, x)
        assert np.abs(engine.fields(schedule, at, phases, x) - expected).max() < TOLERANCE
        assert np.abs(engine.powers(schedule, at, phases, x) - np.abs(expected) ** 2).max() < TOLERANCE


def test_many_threads_at_once():
    """Calls that share their samples out among the same threads: all come back, and all are right."""
    schedule, at, phases, _ = _random(2, rows=12, meetings=300)
    x = _complex(np.random.default_rng(0), 3, 600)
    run = jax.jit(jax.value_and_grad(lambda p: jnp.sum(engine.powers(schedule, at, p, x))))
    expected = [run(phases + k) for k in range(4)]

    def work(k):
        return all(
            np.allclose(run(phases + (k + turn) % 4)[1], expected[(k + turn) % 4][1], rtol=1e-9) for turn in range(40)
        )

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(work, range(6), timeout=120))


@pytest.mark.parametrize("method", METHODS)
def test_long_schedules_are_prepared_in_parts(method):
    """So many meetings that threads share their blocks out: the same light, and the slope that a difference has."""
    schedule, at, phases, x = _random(4, rows=12, meetings=1300)
    expected = _by_hand(schedule, at, phases, x)
    assert np.abs(engine.fields(schedule, at, phases, x, method) - expected).max() < TOLERANCE

    def power(phases):
        return jnp.sum(jnp.sqrt(engine.powers(schedule, at, phases, x, method) + 0.1))

    slope, step = jax.grad(power)(jnp.asarray(phases)), 1e-6 * np.ones(len(phases))
    difference = (power(phases + step) - power(phases - step)) / 2
    assert float(np.sum(slope * step)) == pytest.approx(float(difference), rel=1e-6)


def test_the_cheapest_method_is_chosen():
    deep, *_ = _random(0, meetings=400, inputs=2, reads=3)
    flat, *_ = _random(0, meetings=3, inputs=6, reads=40)
    assert "matrix" in engine.choose(deep, 10_000)
    assert "matrix" not in engine.choose(deep, 1)
    assert "matrix" not in engine.choose(flat, 10_000)


@pytest.mark.parametrize("kernel", ["off", "baseline", "avx2"])
def test_every_build_of_the_kernel_gives_the_same(kernel, tmp_path):
    """What runs on older processors, and without the kernel, in processes of their own."""
    schedule, at, phases, x = _random(39)
    weight = np.random.default_rng(0).standard_normal((len(schedule.read_row), 1))
    run = jax.value_and_grad(lambda p: jnp.sum(weight * engine.powers(schedule, at, p, x)))
    value, slope = run(jnp.asarray(phases))
    given = tmp_path / "given.pkl"
    given.write_bytes(pickle.dumps((schedule, at, phases, x, weight)))
    code = (
        "import pickle, sys, jax\nfrom pathlib import Path\nfrom chips import engine\nfrom pdk.light import jnp\n"
        "schedule, at, phases, x, weight = pickle.loads(Path(sys.argv[1]).read_bytes())\n"
        "run = jax.value_and_grad(lambda p: jnp.sum(weight * engine.powers(schedule, at, p, x)))\n"
        "value, slope = run(jnp.asarray(phases))\n"
        "print(engine.choose(schedule, 1), float(value), *map(float, slope))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(given)], env=os.environ | {"BACKLIGHT_KERNEL": kernel}, capture_output=True
    )
    method, *numbers = done.stdout.split()
    assert done.returncode == 0, done.stderr
    assert (method == b"scan") == (kernel == "off" or not compiled.available())
    assert np.abs(np.array(numbers, float) - [value, *slope]).max() < 1e-11 * np.abs(slope).max()


def test_wrong_shapes_are_told():
    schedule, at, phases, x = _random(0)
    with pytest.raises(ValueError, match=r"found fields \(2, 1\), expected \(…, 3, samples\)"):
        engine.fields(schedule, at, phases, x[:2])
    with pytest.raises(ValueError, match=r"found phases \(8,\), expected \(…, 9\)"):
        engine.fields(schedule, at, phases[:-1], x)
    with pytest.raises(ValueError, match=r"found read \(6,\), expected \(…, 7\)"):
        engine.fields(schedule, replace(at, read=at.read[:-1]), phases, x)
    with pytest.raises(ValueError, match=r"found rows 0 to 1\d, expected 0 to 5"):
        replace(schedule, read_row=schedule.read_row % 2 + 10)
    with pytest.raises(ValueError, match=r"found arrays that do not fit each other"):
        replace(schedule, level=schedule.level[:-1])
    with pytest.raises(ValueError, match=r"found a read after 26 meetings, expected 0 to 25"):
        replace(schedule, read_after=schedule.read_after + 1)


@pytest.mark.parametrize("how", [engine.fields, engine.powers])
def test_numbers_that_are_not_finite_are_told(how):
    schedule, at, phases, x = _random(0)
    phases[3] = np.nan
    with pytest.raises(ValueError, match=r"found nan in the phases at \(3\), expected finite"):
        how(schedule, at, phases, x)
    with pytest.raises(ValueError, match=r"found nan in the phases"):
        engine.matrix(schedule, at, phases)
    phases[3], x[1, 0] = 0, np.inf
    with pytest.raises(ValueError, match=r"found \(inf\+0j\) in the fields at \(1, 0\), expected finite"):
        how(schedule, at, phases, x)


def test_without_the_kernel(monkeypatch):
    monkeypatch.setattr(compiled, "available", lambda: False)
    schedule, at, phases, x = _random(11)
    assert engine.choose(schedule, 1) is Method.SCAN
    assert np.abs(engine.fields(schedule, at, phases, x) - _by_hand(schedule, at, phases, x)).max() < TOLERANCE
    with pytest.raises(ValueError, match=r"found no kernel for method 'kernel'; build it"):
        engine.fields(schedule, at, phases, x, Method.KERNEL)
