"""What a model's values must be before light runs on them: finite, passive, and zero where no way was laid."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from chips.engine.values import Job
from chips.engine.waves import Pair

PASSIVE = 1 + 1e-9
"""Largest singular value of an S-matrix that counts as passive; rounding is allowed for."""


def require_finite(job: Job, values: Mapping[Pair, np.ndarray], place: Callable[[int], str], wl_um: np.ndarray) -> None:
    """ValueError where an amplitude (…, n) is not finite. `place`: the instance of each of the n."""
    for (into, out), array in values.items():
        if not np.all(np.isfinite(array)):
            at = np.argwhere(~np.isfinite(array))[0]
            wl = wl_um[at[-2]] if wl_um.ndim else wl_um
            raise ValueError(
                f"{place(int(at[-1]))}, port {into} to {out}: found {array[tuple(at)]} from {job.call.component} at "
                f"{float(wl)} µm, expected a finite amplitude; keep to wavelengths and settings its model is made for"
            )


def require_passive(job: Job, values: Mapping[Pair, np.ndarray], place: Callable[[int], str]) -> None:
    """ValueError where an S-matrix has a singular value beyond 1 + 1e-9."""
    s: Any = _matrix(values)
    gram = np.abs(np.conj(np.swapaxes(s, -1, -2)) @ s)
    doubtful = gram.sum(axis=-1).max(axis=-1) > PASSIVE
    if not np.any(doubtful):
        return
    largest = np.zeros(doubtful.shape)
    largest[doubtful] = np.linalg.svd(s[doubtful], compute_uv=False)[:, 0]
    if largest.max() > PASSIVE:
        at = np.unravel_index(np.argmax(largest), largest.shape)
        ports = ", ".join(sorted({port for pair in values for port in pair}))
        raise ValueError(
            f"{place(int(at[-1]))}, ports {ports}: found {largest.max():.9g} as the largest singular value of the "
            f"S-matrix of {job.call.component}, expected 1 at most: the model gains light at these settings"
        )


def require_absent(
    job: Job, values: Mapping[Pair, np.ndarray], absent: Sequence[frozenset[Pair]], place: Callable[[int], str]
) -> None:
    """ValueError where an entry that was zero when the circuit was lowered is not zero now.

    `absent`: for each of the n members the entries that light could take but for which no way was laid.
    """
    somewhere = frozenset().union(*set(absent))
    for pair, array in values.items():
        if pair not in somewhere:
            continue
        for k in np.flatnonzero(lit(array, len(absent))).tolist():
            if pair in absent[k]:
                raise ValueError(
                    f"{place(k)}, port {pair[0]} to {pair[1]}: found a nonzero amplitude, expected 0 as when the "
                    "circuit was lowered; give `lower` settings at which it is not zero"
                )


def lit(array: np.ndarray, members: int) -> np.ndarray:
    """(members) whether an amplitude (…, n) is nonzero anywhere."""
    return np.broadcast_to(np.any(array != 0, axis=tuple(range(array.ndim - 1))), (members,))


def _matrix(values: Mapping[Pair, np.ndarray]) -> np.ndarray:
    """(…, n, ports, ports) of amplitudes (…, n)."""
    ports = sorted({port for pair in values for port in pair})
    shape = np.broadcast_shapes(*(array.shape for array in values.values()))
    s = np.zeros((*shape, len(ports), len(ports)), complex)
    for (into, out), array in values.items():
        s[..., ports.index(out), ports.index(into)] = array
    return s
