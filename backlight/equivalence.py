"""Designed against extracted, as light sees it: SAX of both netlists, from every laser port to every photodiode.

    max |ΔS| ≤ 1e-9 over 11 wavelengths of the process's range

Both are given the same program, drawn at random, so that light takes every way and no two elements look alike.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from backlight.programs import device_settings
from pdk.contract import Role

if TYPE_CHECKING:
    from compiler.netlist import Netlist
    from pdk.contract import Pdk

WAVELENGTHS = 11
LIMIT = 1e-9
"""Largest |ΔS| of circuits that are the same: far above rounding, far below what 1 nm of waveguide does (1e-2 rad)."""
SEED = 0
MOST_DEVICES = 40_000
"""Above this SAX's solver takes hours; equal circuits have equal S-matrices, so they are compared device by device."""


@dataclass(frozen=True)
class Equivalence:
    """How far two circuits are apart."""

    largest: float
    """max |ΔS| over all wavelengths and port pairs; infinite where ports differ or a circuit cannot be evaluated."""
    ports: int
    why: str = ""
    """Why it is infinite, or what stands in for the S-matrices."""

    @property
    def ok(self) -> bool:
        """Whether the circuits are the same."""
        return self.largest <= LIMIT


def equate(designed: "Netlist", extracted: "Netlist", pdk: "Pdk") -> Equivalence:
    """Compare two circuits by their S-matrices; very large ones by their devices, settings and links."""
    from chips.reference import s_matrix

    count = len(designed.flat.leaves)
    if count > MOST_DEVICES:
        same = designed.flat.leaves == extracted.flat.leaves and dict(designed.flat.links) == dict(extracted.flat.links)
        why = f"{count} devices, too many for SAX: settings and links {'are the same' if same else 'differ'}"
        return Equivalence(0.0 if same else float("inf"), 0, why)
    settings, wl_um = random_settings(designed, pdk), np.linspace(*pdk.wavelength_range_um, WAVELENGTHS)
    wanted = s_matrix(designed, pdk, program=settings, wl_um=wl_um)
    try:
        found = s_matrix(extracted, pdk, program=settings, wl_um=wl_um)
    except (ValueError, KeyError, RuntimeError) as error:
        return Equivalence(float("inf"), len(wanted.ports), f"the extracted circuit cannot be evaluated: {error}")
    if found.ports.keys() != wanted.ports.keys():
        other = sorted(found.ports.keys() ^ wanted.ports.keys())
        return Equivalence(
            float("inf"), len(wanted.ports), f"{len(other)} ports are in one circuit only, such as {other[0]}"
        )
    names = list(wanted.ports)
    difference = wanted.between(names, names) - found.between(names, names)
    return Equivalence(float(np.max(np.abs(difference))), len(names))


def random_settings(netlist: "Netlist", pdk: "Pdk") -> dict[str, dict[str, float]]:
    """A phase for every phase shifter, an opening for every modulator and attenuator, drawn from a fixed seed."""
    rng = np.random.default_rng(SEED)
    role = {path: pdk.role_of(leaf.component) for path, leaf in netlist.flat.leaves.items()}
    program = {path: rng.uniform(0, 2 * np.pi) for path in sorted(role) if role[path] is Role.PHASE_SHIFTER}
    amplitudes = {path: rng.uniform(0.5, 1) for path in sorted(role) if role[path] is Role.MODULATOR}
    program |= {path: rng.uniform(0.2, 1) for path in sorted(role) if role[path] is Role.ATTENUATOR}
    return device_settings(netlist, pdk, program, amplitudes)
