"""SAX, in our own environment: the mesh of our own netlist, as a user of SAX would run it.

The recursive netlist of `mesh_N` (MZIs and edges as cells of their own, each with phase shifters, taps and couplers)
goes to `sax.circuit` as it is, and phases are settings of its instances, other ones on every call. What is found is the
whole S-matrix of the mesh at one wavelength; the batch of inputs would be one product with it, and is left out. The
jitted circuit is compiled by its first call: some minutes at 32 ports. SAX's backend "forward" is not here: it finds
light's way by port names in… and out…, which a PDK of ports o1, o2, … does not have.
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

sys.path.insert(0, str(Path(__file__).parents[2]))
from compiler.compile import build
from pdk import registry

PACKAGES = ("sax", "klujax", "jax", "numpy")
WAVELENGTH_UM = 1.55


def circuit(ports: int, backend: str) -> tuple[Callable[..., Any], list[tuple[str, str]]]:
    """The mesh as a SAX circuit, and its driven phase shifters: (instance in the mesh, instance in that cell)."""
    pdk = registry.get("generic")
    netlist = build(pdk, ports=ports, layers=1)
    top = f"mesh_{ports}"
    cells = netlist.optical()
    wanted = [top]
    for name in wanted:
        parts = {part["component"] for part in cells[name]["instances"].values()}
        wanted += sorted(part for part in parts if part in cells and part not in wanted)
    recursive = {name: cells[name] for name in wanted}
    found, _ = sax.circuit(recursive, pdk.models(), backend=backend)
    mzis = [name for name, part in cells[top]["instances"].items() if part["component"] == "mzi"]
    return found, [(mzi, arm) for mzi in mzis for arm in ("theta", "phi")]


def settings(shifters: list[tuple[str, str]], phases: Any) -> dict[str, Any]:
    """Keyword settings of the circuit: {"mzi_0_0": {"theta": {"phase_rad": …}, …}, …}."""
    found: dict[str, Any] = {"wl": WAVELENGTH_UM}
    for (mzi, arm), phase in zip(shifters, phases, strict=True):
        found.setdefault(mzi, {})[arm] = {"phase_rad": phase}
    return found


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
