"""SAX, in our own environment: a mesh of couplers and phase shifters, as a user of SAX would write it.

`circuits.bare_mesh` goes to `sax.circuit` as it is, flat, and phases are settings of its instances, other ones on every
call. What is found is the whole S-matrix of the mesh at one wavelength; the batch of inputs would be one product with
it, and is left out. The jitted circuit is compiled by its first call: some minutes at 32 ports. SAX's backend "forward"
is not here: it finds light's way by port names in… and out…, which a PDK of ports o1, o2, … does not have.
"""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np
import sax
from work import SETS, Work, random_phases

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]
import circuits  # noqa: E402

PACKAGES = ("sax", "klujax", "jax", "numpy")
WAVELENGTH_UM = 1.55


def circuit(ports: int, backend: str) -> tuple[Callable[..., Any], list[str]]:
    """The mesh as a SAX circuit, and its phase shifters."""
    bench = circuits.bare_mesh(ports)
    netlist: Any = bench.netlist.optical()
    found, _ = sax.circuit(netlist, circuits.PDK.models(), backend=backend)
    return found, list(bench.shifters)


def settings(shifters: list[str], phases: Any) -> dict[str, Any]:
    """Keyword settings of the circuit: {"phi_0_0": {"phase_rad": …}, …}."""
    return {"wl": WAVELENGTH_UM} | {name: {"phase_rad": p} for name, p in zip(shifters, phases, strict=True)}


def forward(backend: str, how: str, ports: int, _: int) -> Work:
    """S-matrices for phases that change; `vmap` finds two at once."""
    print(f"sax: {ports} ports, {backend}, {how}: building", file=sys.stderr, flush=True)
    solve, shifters = circuit(ports, backend)
    print("sax: built; the first call compiles", file=sys.stderr, flush=True)
    sets = random_phases((SETS, len(shifters)))
    count = iter(range(10**9))

    def matrix(phases: Any) -> Any:
        return sax.sdense(solve(**settings(shifters, phases)))[0]

    if how == "jit":
        matrix = jax.jit(matrix)
    elif how == "vmap":
        one = matrix
        matrix = lambda phases: jax.vmap(one)(np.stack([phases] * 2))  # noqa: E731

    def run() -> None:
        jax.block_until_ready(matrix(sets[next(count) % SETS]))

    sets_at_once = ", 2 sets of phases" if how == "vmap" else ""
    what = f"sax.circuit of the recursive netlist, backend {backend}, {how}: S-matrix at 1 wavelength{sets_at_once}"
    return Work(run, "phases", "complex128", what, PACKAGES)


WORKS = {
    ("forward", f"{backend} {how}"): partial(forward, backend, how)
    for backend in ("klu", "filipsson_gunnar")
    for how in ("jit", "eager", "vmap")
}
