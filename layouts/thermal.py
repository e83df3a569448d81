"""Heat between phase shifters, from where their heaters are on the chip: the thermal-neighbour table, and the rule.

A heater of power P at the surface of a wafer warms the surface at distance r, steadily, by (Carslaw, Jaeger, Conduction
of Heat in Solids (1959), chapter 10: a point source, and its images in planes)

    T(r) = P / (2π k) · Σ_n (−1)^n / √(r² + (2 n h)²),      n from −∞ to ∞

with silicon of conductivity k all the way down to a heat sink at depth h. T is averaged along both heaters, so that two
side by side share more than two end to end. The phase that it turns on a length L, per phase of the heater's own:

    share = (2π/λ · dn/dT · L · T) / (π P / P_π)

Models of diffusion predict what was measured on a mesh (Teofilovic et al. 2024, arXiv:2404.10589); Jacques et al. 2019,
doi:10.1364/OE.27.010456, measured crosstalk of metal heaters against distance (no number of theirs is used).
The oxide below a heater spreads its heat over some 10 µm; nearer than that the model says too little, and the thermal
rule keeps heaters apart.
"""

from dataclasses import dataclass

import numpy as np

from compiler.crossbar_paths import crossbar_paths, is_crossbar
from compiler.heat import ThermalTable
from compiler.netlist import Netlist
from compiler.paths import layer_paths
from compiler.tables import WAVELENGTH_UM
from layouts.extract import Extraction
from pdk.contract import Pdk, Role
from pdk.finding import Finding

NODES, WEIGHTS = np.polynomial.legendre.leggauss(6)
"""Points along a heater, −1 … 1, and what they count (2 together)."""
IMAGES = np.arange(-24, 25)
IMAGE_SIGNS = (-1.0) ** IMAGES * np.where(np.abs(IMAGES) == 24, 0.5, 1.0)
"""Half of the last image: the mean of two partial sums is where an alternating series goes (to 1e-4 here)."""


@dataclass(frozen=True, eq=False)
class Thermal:
    """What a layout says of heat."""

    table: ThermalTable
    closest_um: float
    """Smallest distance between two driven heaters, metal to metal along their lines; infinite where there is one."""
    limit_um: float
    findings: tuple[Finding, ...]


def thermal(extraction: Extraction, pdk: Pdk) -> Thermal:
    """The thermal neighbours of a chip, and each pair of driven heaters that is too close; none of either where
    voltages drive the phase shifters.

    ValueError where the circuit is not a chip of ours: only its paths tell which phase shifters are driven.
    """
    driven = driven_shifters(extraction.netlist, pdk)
    if pdk.drive.kind == "electro-optic":
        none = np.zeros(0, dtype=int)
        return Thermal(ThermalTable((), none, none, np.zeros(0), "a voltage warms nothing"), np.inf, space_um(pdk), ())
    names, ends_nm = heaters(extraction)
    is_driven = np.array([name in driven for name in names], dtype=bool)
    a, b = _pairs(ends_nm, is_driven, pdk.value("thermal_reach_um"))
    share = _each_once(ends_nm, a, b, lambda first, second: shares(first, second, pdk))
    table = ThermalTable(names, a, b, share, f"{__name__}: {pdk.numbers['silicon_conductivity_w_per_m_k'].source}")
    return Thermal(table, *_rule(names, ends_nm, is_driven, a, b, pdk))


def space_um(pdk: Pdk) -> float:
    """How far apart driven heaters have to be; 0 where there are none."""
    return pdk.value("heater_thermal_space_um") if pdk.drive.kind == "thermo-optic" else 0.0


def driven_shifters(netlist: Netlist, pdk: Pdk) -> set[str]:
    """Paths of the phase shifters that a program sets. ValueError where the circuit is not a chip of ours."""
    if is_crossbar(netlist):
        banks = crossbar_paths(netlist, pdk).banks
        drives = {drive for bank in banks for row in bank.weights for weight in row for drive in weight.drives}
        return {drive for drive in drives if pdk.role_of(netlist.device(drive).component) is Role.PHASE_SHIFTER}
    paths = layer_paths(netlist, pdk)
    driven = {tap.shifter for path in paths for tap in path.taps}
    return driven | {out.shifter for path in paths for out in path.outputs}


def heaters(extraction: Extraction) -> tuple[tuple[str, ...], np.ndarray]:
    """Paths of all phase shifters, and the two ends of each heater, (n, 2, 2) integer nm: its contacts.

    Contacts stand at one side of the metal, half its width off the line. Of two that face one way nothing of it shows;
    one that faces the other way seems up to twice that too far or too near.
    """
    ends: dict[str, list[tuple[int, int]]] = {}
    for contact in extraction.contacts:
        if contact.role == Role.PHASE_SHIFTER:
            ends.setdefault(contact.instance, []).append((contact.x_nm, contact.y_nm))
    whole = {name: sorted(points) for name, points in ends.items() if len(points) == 2}
    return tuple(whole), np.array(list(whole.values()), dtype=np.int64).reshape(-1, 2, 2)


def shares(first_nm: np.ndarray, second_nm: np.ndarray, pdk: Pdk) -> np.ndarray:
    """(n,) phase of the second per phase of the first, for pairs of heaters by their ends (n, 2, 2)."""
    one, other = (
        (ends[:, :1] + ends[:, 1:]) / 2 + (ends[:, 1:] - ends[:, :1]) / 2 * NODES[:, None]
        for ends in (first_nm / 1000, second_nm / 1000)
    )
    square = np.sum((one[:, :, None] - other[:, None]) ** 2, axis=-1)  # (n, nodes, nodes) µm²
    square = np.maximum(square, 1.0)  # heaters that touch: a finding, and no division by zero
    depth_um = 2 * IMAGES * pdk.value("wafer_thickness_um")
    mean = np.zeros(len(first_nm))
    for sign, depth in zip(IMAGE_SIGNS, depth_um, strict=True):
        mean += sign * np.einsum("nij,i,j->n", 1 / np.sqrt(square + depth**2), WEIGHTS, WEIGHTS) / 4
    conductivity_mw_per_um_k = pdk.value("silicon_conductivity_w_per_m_k") * 1e-3
    kelvin_per_mw = mean / (2 * np.pi * conductivity_mw_per_um_k)
    length_um = np.linalg.norm((second_nm[:, 1] - second_nm[:, 0]) / 1000, axis=1)
    rad_per_mw = 2 * np.pi / WAVELENGTH_UM * pdk.value("silicon_dn_per_k") * length_um * kelvin_per_mw
    return rad_per_mw * pdk.value("heater_p_pi_mw") / np.pi


def _pairs(ends_nm: np.ndarray, is_driven: np.ndarray, reach_um: float) -> tuple[np.ndarray, np.ndarray]:
    """Indices (E) of driven heaters and of those within reach of each, centre to centre; by squares of that side."""
    centre_um = ends_nm.mean(axis=1) / 1000
    square = np.floor(centre_um / reach_um).astype(np.int64)
    square -= square.min(axis=0, initial=0) - 1
    wide = square[:, 1].max(initial=0) + 2
    key = square[:, 0] * wide + square[:, 1]
    order = np.argsort(key, kind="stable")
    hot = np.flatnonzero(is_driven)
    found: list[tuple[np.ndarray, np.ndarray]] = []
    for dx in (-1, 0, 1):
        first = np.searchsorted(key[order], key[hot] + dx * wide - 1, "left")
        count = np.searchsorted(key[order], key[hot] + dx * wide + 1, "right") - first
        a = np.repeat(hot, count)
        inside = np.arange(len(a)) - np.repeat(np.cumsum(count) - count, count)
        b = order[np.repeat(first, count) + inside]
        near = (a != b) & (np.sum((centre_um[a] - centre_um[b]) ** 2, axis=1) <= reach_um**2)
        found.append((a[near], b[near]))
    a, b = (np.concatenate(part) for part in zip(*found, strict=True))
    by_heater = np.lexsort((b, a))
    return a[by_heater], b[by_heater]


def _each_once(ends_nm: np.ndarray, a: np.ndarray, b: np.ndarray, value) -> np.ndarray:
    """(E,) a value of each pair, computed once for all pairs that lie to each other in one way."""
    along = ends_nm[:, 1] - ends_nm[:, 0]
    _, shape = np.unique(along, axis=0, return_inverse=True)
    away = ends_nm[b, 0] - ends_nm[a, 0]
    key = np.zeros(len(a), dtype=np.int64)
    for part in (shape[a].ravel(), shape[b].ravel(), away[:, 0], away[:, 1]):
        low = part.min(initial=0)
        key = key * (part.max(initial=0) - low + 1) + part - low
    _, first, back = np.unique(key, return_index=True, return_inverse=True)
    return value(ends_nm[a[first]], ends_nm[b[first]])[back.ravel()]


def _rule(
    names: tuple[str, ...], ends_nm: np.ndarray, is_driven: np.ndarray, a: np.ndarray, b: np.ndarray, pdk: Pdk
) -> tuple[float, float, tuple[Finding, ...]]:
    """Smallest distance of driven heaters, the limit, and a Finding for each pair that is nearer."""
    limit_um = space_um(pdk)
    once = is_driven[b] & (a < b)
    a, b = a[once], b[once]
    low, high = ends_nm.min(axis=1), ends_nm.max(axis=1)
    gap_um = np.maximum(np.maximum(low[a] - high[b], low[b] - high[a]), 0) / 1000
    apart_um = np.hypot(gap_um[:, 0], gap_um[:, 1])
    findings = []
    for k in np.flatnonzero(apart_um < limit_um):
        x_um, y_um = ends_nm[b[k]].mean(axis=0) / 1000
        place = f"{names[b[k]]} at {x_um:g}, {y_um:g} um"
        measured = f"{apart_um[k]:.3f} um from {names[a[k]]}"
        findings.append(Finding(place, "thermal_space", measured, f"{limit_um:g} um", "move the heaters apart"))
    return float(apart_um.min(initial=np.inf)), limit_um, tuple(findings)
