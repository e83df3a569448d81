"""One gradient in the chip's own light, as shots: forward, slopes, errors back, products.

    1  forward, replicas raised then lowered    x of the outputs, f' of every neuron
    2  errors of the outputs                    d = dL/dx · f', in the electronics at the edge
    3  backward bank, max(d, 0) and max(−d, 0)  e = Wᵀ d, their difference; then d = e · f'
    4  products, one neuron after another, both signs: `scale` at |d_i|, monitors read |d_i| x_j of all columns at once

Per sample: 2 shots forward, 2 for every backward bank, 2 for every neuron. Every difference of two shots cancels the
offset of the amplifier that read them.
"""

from dataclasses import dataclass

import numpy as np

from chips.crossbar.bench import Bench, Weights
from chips.crossbar.chip import Drive, Reading
from compiler.crossbar_tables import BankTable


@dataclass(frozen=True, eq=False)
class Light:
    """What a forward pass read. B samples."""

    outputs: np.ndarray
    """(R, B, n) x of the output neurons."""
    slopes: tuple[np.ndarray, ...]
    """For each layer (R, B, n) dx/dv of its neurons, per rad."""


@dataclass(frozen=True, eq=False)
class Gradient:
    """What was measured at one program, summed over the B samples."""

    weights: Weights
    """Forward bank to (R, rows, columns): sum of d_i x_j, x_j as the monitors read it, from which dL/du is one factor
    away for each column (its monitor's reading at an order of 1)."""
    outputs: np.ndarray
    """(R, B, n) x of the output neurons."""
    shots: int


def outputs(bench: Bench, x: np.ndarray, dark: np.ndarray | float = 0.0) -> np.ndarray:
    """x (R, B, n) of the output neurons for inputs (R, B, inputs), less `dark`. One shot per sample."""
    key: Reading = ("outputs", f"layer{bench.layers}")
    return bench.read(Drive((key,), inputs=x[:, None], bias=bench.bias))[key][:, 0] - dark


def forward(bench: Bench, x: np.ndarray, shift_rad: float, *, slopes: bool = True) -> Light:
    """A pass forward with every replica raised, and one with it lowered."""
    names = [f"layer{k + 1}" for k in range(bench.layers)]
    last: Reading = ("outputs", names[-1])
    keys: list[Reading] = [("slopes", name) for name in names]
    high, low = (
        bench.read(
            Drive((last, *(keys if slopes else ())), inputs=x[:, None], bias=bench.bias, replica_shift_rad=shift)
        )
        for shift in (shift_rad, -shift_rad)
    )
    lights = 0.5 * (high[last] + low[last])[:, 0]
    width = [bank.rows for bank in bench.forward_banks]
    found = tuple(
        (high[key] - low[key])[:, 0, :, :n] / (2 * shift_rad) if slopes else np.ones((*lights.shape[:2], n))
        for key, n in zip(keys, width, strict=True)
    )
    return Light(lights, found)


def measure_gradient(
    bench: Bench,
    x: np.ndarray,
    wanted: np.ndarray,
    *,
    shift_rad: float,
    gains: tuple[float, ...],
    slopes: bool = True,
) -> Gradient:
    """Gradient of ½ Σ (output − wanted)² for inputs (R, B, inputs) and wanted outputs (R, B, n), forward and backward
    banks as programmed. `gains`: of each layer's amplifiers, rad per u, nominal."""
    light = forward(bench, x, shift_rad, slopes=slopes)
    shots = 2 * x.shape[1]
    error = light.outputs - wanted
    found: dict[str, np.ndarray] = {}
    for index in reversed(range(bench.layers)):
        d = error * light.slopes[index] * gains[index]
        bank = bench.forward_banks[index]
        found[bank.name] = products(bench, bank, x, d)
        shots += 2 * bank.rows * x.shape[1]
        if index:
            error = back(bench, bench.tables.bank(f"layer{index + 1}.backward"), d)
            shots += 2 * x.shape[1]
    return Gradient(found, light.outputs, shots)


def back(bench: Bench, bank: BankTable, d: np.ndarray) -> np.ndarray:
    """e (R, B, rows) of errors (R, B, columns): both signs, one after the other. All share one range for each run."""
    key: Reading = ("rows", bank.name)
    signs, top = _signs(d, axes=(1, 2))
    samples = d.shape[1]
    read = bench.read(Drive((key,), errors={bank.name: signs[:, None]}))[key][:, 0]
    return top * (read[:, :samples] - read[:, samples:])


def products(bench: Bench, bank: BankTable, x: np.ndarray, d: np.ndarray) -> np.ndarray:
    """(R, rows, columns) sum over samples of d_i x_j, for errors d (R, B, rows) and the chip's inputs x."""
    key: Reading = ("monitors", bank.name)
    runs, samples, rows = d.shape
    signs, top = _signs(d, axes=(1,))
    scale = np.swapaxes(signs, 1, 2).reshape(runs, 1, -1)
    inputs = np.tile(x, (1, 2 * rows, 1))[:, None]
    read = bench.read(Drive((key,), inputs=inputs, bias=bench.bias, scale={bank.name: scale}))[key]
    read = read.reshape(runs, rows, 2, samples, -1)
    added = _added(read)
    return np.swapaxes(top, 1, 2) * (added[:, :, 0] - added[:, :, 1])


def _signs(d: np.ndarray, axes: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Both signs of errors (R, B, n), as powers 0 … 1, (R, 2B, n), and what 1 stands for."""
    largest = np.max(np.abs(d), axis=axes, keepdims=True)
    top = np.where(largest > 0, largest, 1.0)
    share = d / top
    return np.concatenate([np.maximum(share, 0.0), np.maximum(-share, 0.0)], axis=1), top


def _added(read: np.ndarray) -> np.ndarray:
    """Sum over the samples, (…, B, n) → (…, n); in an order that does not depend on what else is in the array."""
    return np.sum(np.ascontiguousarray(np.swapaxes(read, -1, -2)), axis=-1)
