"""SAX's KLU backend on blocks whose S-matrices are known: what the reference and the engine's loops have in common."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pdk.contract import Model


def solve_klu(models: Mapping[str, Model], nets: Sequence[tuple[str, str]], ports: Sequence[str]) -> Any:
    """S (…, ports, ports) of a circuit with one instance of each model, named as it is. Pins are `instance,port`."""
    import sax

    netlist: dict[str, Any] = {
        "instances": {name: {"component": name} for name in models},
        "nets": [{"p1": a, "p2": b} for a, b in nets],
        "ports": {f"p{index}": at for index, at in enumerate(ports)},
    }
    circuit, _ = sax.circuit(netlist, dict(models), backend="klu", return_type="SDense")
    s, order = circuit()
    index = np.array([order[f"p{k}"] for k in range(len(ports))])
    return s[..., index, :][..., index]
