"""One drawn chip: values per device path, of which nothing is known to a trainer.

Every imperfection has a random stream of its own, keyed by its name, so that adding one leaves the others as they are.
Neighbours differ less than strangers where the layout tells who they are (`chips.wafer`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from chips.settings import EXCESS_LOSS_DB
from chips.variation import Imperfections
from chips.wafer import Wafer, stream
from compiler.netlist import Netlist
from compiler.paths import LayerPath
from compiler.places import Places
from pdk.contract import Pdk, Role

GROUPS = ("detector", "monitor", "backward", "tap")
LEAST_LOSS = 0.999
"""Share of a device's loss that a draw may take away from it: none gains light."""


@dataclass(frozen=True)
class Roster:
    """The devices of one layer that differ from chip to chip, by path."""

    name: str
    mesh_couplers: tuple[str, ...]
    """In the order of the netlist; `edge_couplers` likewise: input cells, output cells, feed tree."""
    edge_couplers: tuple[str, ...]
    arms: tuple[str, ...]
    """Phase shifters of the mesh, driven or not."""
    arm_loss_db: np.ndarray
    """(arms) nominal."""
    shifters: tuple[str, ...]
    """(P) tapped ones, in their order."""
    source_shifters: tuple[str, ...]
    """(C)"""
    inputs: int
    couplings: int
    photodiodes: Mapping[str, tuple[str, ...]]
    """Group to paths."""


@dataclass(frozen=True)
class LayerDraw:
    """What was drawn for one layer of N inputs, C output cells, P tapped shifters, K mesh couplers."""

    deviations: Mapping[str, Mapping[str, float]]
    """Device path to settings of its model, as `LayerCircuit.optics` takes them."""
    p_pi: np.ndarray
    """(P) setting for π, relative to nominal."""
    source_p_pi: np.ndarray
    """(C) the same for the output shifters."""
    input_phase_rad: np.ndarray
    """(N)"""
    output_phase_rad: np.ndarray
    """(C)"""
    mirror_phase_rad: np.ndarray
    """(C)"""
    responsivity: Mapping[str, np.ndarray]
    """Group of photodiodes to (n) responsivities, relative to nominal; gain and offset likewise."""
    gain: Mapping[str, np.ndarray]
    """Read-out amplifiers, relative to nominal."""
    offset: Mapping[str, np.ndarray]
    """The same, share of a converter's range."""
    reflection_rad: np.ndarray
    """(2 K) phase of what each mesh coupler sends back at the two ports on its outputs' side."""


Draw = tuple[LayerDraw, ...]


def roster(path: LayerPath, netlist: Netlist, pdk: Pdk) -> Roster:
    """Who varies in a layer."""
    leaves = {name: leaf for name, leaf in netlist.flat.leaves.items() if name.startswith(f"{path.name}.")}
    role = {name: pdk.role_of(leaf.component) for name, leaf in leaves.items()}
    mesh = {coupling.path for stage in path.couplings for coupling in stage}
    couplers = [name for name, r in role.items() if r is Role.SPLITTER_2X2]
    boundary = {out.shifter for out in path.outputs}
    arms = tuple(name for name, r in role.items() if r is Role.PHASE_SHIFTER and name not in boundary)
    loss_db: dict[tuple, float] = {}
    models = pdk.models()
    for name in arms:
        leaf = leaves[name]
        key = (leaf.component, tuple(sorted(leaf.settings.items())))
        if key not in loss_db:
            loss_db[key] = -20 * float(np.log10(np.abs(models[leaf.component](**dict(leaf.settings))["o1", "o2"])))
    keys = [(leaves[name].component, tuple(sorted(leaves[name].settings.items()))) for name in arms]
    return Roster(
        name=path.name,
        mesh_couplers=tuple(c for c in couplers if c in mesh),
        edge_couplers=tuple(c for c in couplers if c not in mesh),
        arms=arms,
        arm_loss_db=np.array([loss_db[key] for key in keys]),
        shifters=tuple(tap.shifter for tap in path.taps),
        source_shifters=tuple(out.shifter for out in path.outputs),
        inputs=len(path.inputs),
        couplings=len(mesh),
        photodiodes={
            "detector": tuple(f"{out.cell}.detector" for out in path.outputs),
            "monitor": tuple(f"{entry.cell}.monitor" for entry in path.inputs),
            "backward": tuple(f"{entry.cell}.backward" for entry in path.inputs),
            "tap": tuple(tap.photodiode for tap in path.taps),
        },
    )


def draw(rosters: Sequence[Roster], imperfections: Imperfections, seed: int, places: Places | None = None) -> Draw:
    """One chip. The same arguments give the same chip."""
    wafer = Wafer.of(imperfections, seed, places)
    return tuple(_layer(each, imperfections, seed, wafer) for each in rosters)


def wavelength_um(nominal_um: float, imperfections: Imperfections, seed: int) -> float:
    """The light that a chip gets: its laser's wavelength."""
    return nominal_um + 1e-3 * imperfections.wavelength_offset_nm * float(
        stream(seed, "chip", "wavelength_offset_nm").standard_normal()
    )


def _layer(who: Roster, imperfections: Imperfections, seed: int, wafer: Wafer) -> LayerDraw:
    def normal(field: str, paths: Sequence[str], what: str = "", wafer_field: str | None = None) -> np.ndarray:
        own = stream(seed, who.name, field, what).standard_normal(len(paths))
        return getattr(imperfections, field) * wafer.correlated_normal(wafer_field or field, own, paths)

    def alone(field: str, count: int, what: str = "") -> np.ndarray:
        return getattr(imperfections, field) * stream(seed, who.name, field, what).standard_normal(count)

    def uniform(field: str, count: int, what: str = "") -> np.ndarray:
        return getattr(imperfections, field) * stream(seed, who.name, field, what).random(count)

    inputs, outputs = who.inputs, len(who.source_shifters)
    inner_rad = normal("splitter_imbalance_rad", who.mesh_couplers)
    outer_rad = normal("boundary_imbalance_rad", who.edge_couplers, wafer_field="splitter_imbalance_rad")
    deviations = {name: {"imbalance_rad": float(v)} for name, v in zip(who.mesh_couplers, inner_rad, strict=True)}
    deviations |= {name: {"imbalance_rad": float(v)} for name, v in zip(who.edge_couplers, outer_rad, strict=True)}
    loss_db = np.maximum(normal("loss_spread_db", who.arms), -LEAST_LOSS * who.arm_loss_db)
    phase_rad = uniform("phase_offset_rad", len(who.arms))
    deviations |= {
        name: {EXCESS_LOSS_DB: float(loss), "phase_rad": float(phase)}
        for name, loss, phase in zip(who.arms, loss_db, phase_rad, strict=True)
    }
    return LayerDraw(
        deviations=deviations,
        p_pi=1 + normal("p_pi_spread", who.shifters),
        source_p_pi=1 + normal("p_pi_spread", who.source_shifters, "source"),
        input_phase_rad=uniform("source_phase_rad", inputs, "input"),
        output_phase_rad=uniform("source_phase_rad", outputs, "output"),
        mirror_phase_rad=uniform("mirror_phase_rad", outputs),
        responsivity={g: 1 + normal("responsivity_spread", paths, g) for g, paths in who.photodiodes.items()},
        gain={g: 1 + alone("gain_spread", len(paths), g) for g, paths in who.photodiodes.items()},
        offset={g: alone("offset_spread", len(paths), g) for g, paths in who.photodiodes.items()},
        reflection_rad=2 * np.pi * stream(seed, who.name, "coupler_reflection_db").random(2 * who.couplings),
    )
