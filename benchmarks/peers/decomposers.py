"""Libraries that turn a unitary into the phases of a mesh, and back: only the decomposition, nothing to train."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from work import Work, random_unitary


def work(package: str, decompose: Callable, rebuild: Callable | None, what: str, ports: int, _: int) -> Work:
    """A decomposition of one random unitary, checked by its reconstruction where the library has one."""
    unitary = random_unitary(ports)
    found: list[Any] = []

    def run() -> None:
        found[:] = [decompose(unitary)]

    def matrix_error() -> float:
        return np.abs(np.asarray(rebuild(found[0])) - unitary).max()

    return Work(run, "phases", "complex128", what, (package, "numpy"), None, matrix_error if rebuild else None)


def strawberryfields(name: str, ports: int, _: int) -> Work:
    """Its functions return lists of (n, m, θ, φ, N) to be multiplied up; the classic Clements one is rebuilt here."""
    from strawberryfields import decompositions as sf

    def rebuild(found: Any) -> np.ndarray:
        inverse, diagonal, forward = found
        matrix = np.diag(diagonal)
        for entry in reversed(forward):
            matrix = sf.Ti(*entry) @ matrix
        for entry in reversed(inverse):
            matrix = matrix @ sf.T(*entry)
        return matrix

    known = rebuild if name == "rectangular" else None
    what = f"strawberryfields.decompositions.{name}"
    return work("strawberryfields", getattr(sf, name), known, what, ports, _)


def interferometer(ports: int, _: int) -> Work:
    import interferometer as itf

    what = "interferometer.square_decomposition (Clements)"
    return work(
        "interferometer", itf.square_decomposition, lambda found: found.calculate_transformation(), what, ports, _
    )


def piquasso(ports: int, _: int) -> Work:
    from piquasso import NumpyConnector
    from piquasso.decompositions.clements import clements, inverse_clements

    connector = NumpyConnector()
    return work(
        "piquasso",
        lambda unitary: clements(unitary.copy(), connector),
        lambda found: inverse_clements(found, connector, np.complex128),
        "piquasso.decompositions.clements",
        ports,
        _,
    )


def perceval(ports: int, _: int) -> Work:
    """MZIs of two phases and two 50:50 splitters, each fitted numerically; its rectangle is "not implemented yet"."""
    import perceval as pcvl

    def mzi() -> Any:
        return pcvl.Circuit(2) // pcvl.BS() // (0, pcvl.PS(pcvl.P("θ"))) // pcvl.BS() // (0, pcvl.PS(pcvl.P("φ")))

    def decompose(unitary: np.ndarray) -> Any:
        found = pcvl.Circuit.decomposition(pcvl.Matrix(unitary), mzi(), phase_shifter_fn=pcvl.PS, shape="triangle")
        if found is None:
            raise ValueError("no decomposition found")
        return found

    what = "perceval Circuit.decomposition, triangle"
    return work("perceval-quandela", decompose, lambda found: found.compute_unitary(), what, ports, _)


WORKS = {
    "strawberryfields": {
        ("decomposition", name): partial(strawberryfields, name)
        for name in ("rectangular", "rectangular_phase_end", "rectangular_compact", "triangular")
    },
    "interferometer": {("decomposition", "square"): interferometer},
    "piquasso": {("decomposition", "clements"): piquasso},
    "perceval": {("decomposition", "triangle"): perceval},
}
