"""Light through a crossbar: the weights that a program brings about, and whether the engine and SAX agree on them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from backlight.programs import Program, device_settings
from compiler.crossbar_paths import crossbar_paths
from compiler.crossbar_tables import crossbar_tables
from compiler.netlist import Pin
from compiler.structures import INSTANCE
from pdk.contract import Role

if TYPE_CHECKING:
    from compiler.netlist import Netlist
    from pdk.contract import Pdk

SEED = 0


@dataclass(frozen=True)
class BankLight:
    """What light does in one bank."""

    name: str
    weights: np.ndarray
    """(R, C): power at the plus side less that at the minus side, 1 where a weight of 1 would be."""

    def as_dict(self) -> dict[str, Any]:
        """Name and weights."""
        return {"name": self.name, "weights": self.weights.tolist()}


def weights(netlist: "Netlist", pdk: "Pdk", program: Program) -> tuple[BankLight, ...]:
    """The weights of every bank under a program, all modulators open."""
    modulators = _of_role(netlist, pdk, Role.MODULATOR)
    field = _fields(netlist, pdk, device_settings(netlist, pdk, program, dict.fromkeys(modulators, 1.0)))
    nominal = crossbar_tables(netlist, pdk)
    found = []
    for bank in nominal.banks:
        power = {
            side: np.array([[abs(field[f"{cell}.{side}"]) ** 2 for cell in row] for row in bank.cells])
            for side in ("plus", "minus")
        }
        found.append(BankLight(bank.name, (power["plus"] - power["minus"]) / bank.weight))
    return tuple(found)


def compared(netlist: "Netlist", pdk: "Pdk", program: Program) -> tuple[tuple[BankLight, ...], float, int]:
    """The same, the largest difference between the engine's fields and SAX's under random light, and the number of
    photodiodes compared."""
    from chips.reference import s_matrix

    rng = np.random.default_rng(SEED)
    modulators = _of_role(netlist, pdk, Role.MODULATOR)
    light = dict(zip(modulators, rng.uniform(-1, 1, len(modulators)), strict=True))
    settings = device_settings(netlist, pdk, program, light)
    field = _fields(netlist, pdk, settings)
    fibres = _fibres(netlist)
    wanted = s_matrix(netlist, pdk, program=settings).between(list(field), fibres)[0].sum(axis=1)
    difference = float(np.max(np.abs(np.array(list(field.values())) - wanted)))
    return weights(netlist, pdk, program), difference, len(field)


def _fields(netlist: "Netlist", pdk: "Pdk", settings: Mapping[str, Mapping[str, float]]) -> dict[str, complex]:
    """Photodiode to its field by the engine, 1 at every fibre; those of test structures left out."""
    from chips import engine

    crossbar_paths(netlist, pdk)  # whose errors say what is not of the shape of a crossbar
    diodes = _of_role(netlist, pdk, Role.PHOTODIODE)
    circuit = engine.lower(
        netlist,
        pdk.models(),
        into=_fibres(netlist),
        read=[Pin(path, "o1") for path in diodes],
        settings=settings,
        wavelength_range_um=pdk.wavelength_range_um,
    )
    matrix = np.asarray(engine.matrix(circuit.schedule, circuit.coefficients(), np.zeros(0)))
    return dict(zip(diodes, matrix.sum(axis=-1).tolist(), strict=True))


def _fibres(netlist: "Netlist") -> list[str]:
    """Ports of the chip, those of test structures left out."""
    ports = netlist.cells[netlist.top].ports
    return [name for name, pin in ports.items() if pin.instance != INSTANCE]


def _of_role(netlist: "Netlist", pdk: "Pdk", role: Role) -> list[str]:
    leaves = netlist.flat.leaves.items()
    return [p for p, leaf in leaves if pdk.role_of(leaf.component) is role and not p.startswith(f"{INSTANCE}.")]
