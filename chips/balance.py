"""Strengths of a layer's boundary, found from the conservation of energy: feed trees, couplers and photodiodes differ.

1. One input lit at a time, under several random programs. Whatever the program, what went in comes out, so the
   strengths g of the N inputs and the responsivities r of the C detectors follow from the powers P alone:

       Σ_j P_kij / r_j = g_i   for every program k       (M†M is a multiple of 1; dumps weighted as their echo is)

   The monitors are read in the same shots.
2. One output lit at a time, backwards: reciprocity says that input i sees inject_j · backward_i · |M_ij|², and
   |M_ij|² is known from step 1.

All are powers relative to nominal; a common factor of r and g cannot be seen and is taken as 1 on average.
"""

from dataclasses import replace

import numpy as np

from chips.bench import Bench, LayerCalibration

PROGRAMS = 12
"""Random programs; more of them average noise, fewer leave g and r hardly apart."""
STIFFNESS = 0.1
"""Pull of g and 1/r towards 1: receiver noise over the spread that is expected (assumed: 0.5 % over 5 %)."""
ROUNDS = 50


def balance(bench: Bench, index: int, rng: np.random.Generator) -> tuple[LayerCalibration, int]:
    """The layer's calibration with all strengths put in, and the shots taken. `bench` has nominal strengths there."""
    t, nominal = bench.layer(index), bench.calibration.layers[index]
    outputs = len(t.outputs)
    x_max = bench.x_max[index]
    forward, back, monitor = [], [], []
    for _ in range(PROGRAMS):
        bench.chip.program(bench.random_program(rng))
        read = bench.forward(index, x_max * np.eye(t.ports), ("detector", "monitor"))
        forward.append(read["detector"] / x_max**2)
        monitor.append(np.diag(read["monitor"]) / x_max**2)
        back.append(bench.backward(index, np.eye(outputs, dtype=complex)[None])[1][0].T)
    powers = np.array(forward)
    g, r = _ends(powers, t.echo_gain)
    inject, backward = _factors(np.array(back), t.a_tot * powers / (g[:, None] * r))
    gains = {"input_gain": g, "detector_gain": r, "inject_gain": inject, "backward_gain": backward}
    shots = PROGRAMS * (t.ports + outputs)
    return replace(nominal, monitor_gain=np.mean(monitor, axis=0) / g, **gains), shots


def _ends(powers: np.ndarray, echo_gain: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Strengths g (N) of the inputs and r (C) of the detectors for powers (K, N, C)."""
    programs, inputs, outputs = powers.shape
    equations = np.hstack([(powers * echo_gain).reshape(-1, outputs), -np.tile(np.eye(inputs), (programs, 1))])
    pull = STIFFNESS * np.eye(outputs + inputs)
    zero = np.zeros(len(equations))
    found = np.linalg.lstsq(np.vstack([equations, pull]), np.concatenate([zero, pull.sum(axis=1)]), rcond=None)[0]
    return found[outputs:], 1 / found[:outputs]


def _factors(back: np.ndarray, expected: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """inject (C) and backward (N) with back ≈ backward_i · inject_j · expected, all (K, N, C)."""
    backward = np.ones(back.shape[1])
    inject = np.ones(back.shape[2])
    for _ in range(ROUNDS):
        model = expected * backward[:, None]
        inject = np.sum(back * model, axis=(0, 1)) / np.sum(model**2, axis=(0, 1))
        model = expected * inject
        backward = np.sum(back * model, axis=(0, 2)) / np.sum(model**2, axis=(0, 2))
        backward /= backward.mean()
    return inject, backward
