"""Whether a design fits on a die: one that the foundry sells, or none larger than a reticle allows."""

from collections.abc import Callable
from dataclasses import replace

from compiler import crossbar
from compiler.compile import build
from compiler.netlist import Netlist
from compiler.network import MIN_PORTS, Design
from layouts.contact import contact
from layouts.extent import floorplan_box
from layouts.floorplan import Box, Floorplan
from layouts.frame import fibre_components, margin_nm, widest_nm
from layouts.place import place
from pdk.contract import Pdk, Role
from pdk.finding import Finding


class DieError(ValueError):
    """A design that is larger than the largest die of its process."""


def fits(design: Design, floorplan: Floorplan, pdk: Pdk) -> Floorplan:
    """The floorplan, if it fits on a die of its process; DieError, which says how many ports would fit, if not."""
    finding = _check(floorplan, pdk)
    if finding is None:
        return floorplan
    layers = f"{len(design.network.layers)} layer{'s' if len(design.network.layers) > 1 else ''}"
    if design.chip.architecture == "crossbar":
        width = largest_width(design, pdk)
        most = f"inputs and outputs of at most {width} fit" if width else "no width fits; use fewer layers"
        widths = "-".join(map(str, (design.network.inputs, *design.network.layer_outputs)))
        raise DieError(f"network: found {widths}, {finding.measured}, expected {finding.limit}; with {layers} {most}")
    ports = largest_ports(design, pdk)
    most = f"at most {ports} ports fit" if ports else "no number of ports fits"
    raise DieError(
        f"chip.ports: found {design.ports} ports, {finding.measured}, expected {finding.limit}; "
        f"with {layers.replace(' ', f' {design.chip.linear} ', 1)} {most}"
    )


def die_check(box_nm: Box, pdk: Pdk, *, facets: bool = False) -> Finding | None:
    """What is wrong with the size of a chip: None if it and its margins fit on a die.

    A reticle may be turned, a die of fixed size not. Chips with facets have no margin on that side.
    """
    left, bottom, right, top = box_nm
    margin_mm = margin_nm(pdk) / 1e6
    sides = 1 if facets and pdk.dies_nm else 2
    size_mm = ((right - left) / 1e6 + sides * margin_mm, (top - bottom) / 1e6 + 2 * margin_mm)
    short_mm, long_mm = pdk.value("reticle_short_mm"), pdk.value("reticle_long_mm")
    ways = [(wide / 1e6, high / 1e6) for wide, high in pdk.dies_nm] or [(long_mm, short_mm), (short_mm, long_mm)]
    die_mm = min(ways, key=lambda way: sum(_over(size_mm, way)))
    wide_mm, high_mm = _over(size_mm, die_mm)
    if not wide_mm and not high_mm:
        return None
    parts = [f"{by:.2f} mm too {how}" for by, how in ((wide_mm, "wide"), (high_mm, "high")) if by]
    measured = f"a chip of {_shown(size_mm)}, {' and '.join(parts)}"
    return Finding("chip", "die_size", measured, f"a die of {_shown(die_mm)} at most", "use fewer ports or layers")


def largest_ports(design: Design, pdk: Pdk) -> int:
    """The largest number of ports, below the design's, with which the same layers fit on a die; 0 if none does."""
    chip, layers = design.chip, len(design.network.layers)

    def smaller(ports: int) -> Netlist:
        return build(pdk, ports=ports, layers=layers, linear=chip.linear, io=chip.io, structures=True)

    return _largest(smaller, MIN_PORTS, design.ports, design, pdk)


def largest_width(design: Design, pdk: Pdk) -> int:
    """The largest number to which a crossbar's inputs and outputs can be cut so that it fits on a die; 0 if none."""
    network, chip = design.network, design.chip

    def smaller(width: int) -> Netlist:
        inputs, outputs = (
            tuple(min(signals, width) for signals in side) for side in (network.layer_inputs, network.layer_outputs)
        )
        return crossbar.build(pdk, inputs=inputs, outputs=outputs, weight=chip.weight, io=chip.io, structures=True)

    return _largest(smaller, 1, max(*network.layer_inputs, *network.layer_outputs), design, pdk)


def _largest(smaller: Callable[[int], Netlist], least: int, too_large: int, design: Design, pdk: Pdk) -> int:
    """The largest number from `least` on, below `too_large`, whose circuit fits on a die; 0 if none does."""
    fit = least - 1
    while too_large - fit > 1:
        middle = (fit + too_large) // 2
        floorplan = contact(place(smaller(middle), pdk), pdk, design.chip.bonding)
        if _check(floorplan, pdk) is None:
            fit = middle
        else:
            too_large = middle
    return fit if fit >= least else 0


def _check(floorplan: Floorplan, pdk: Pdk) -> Finding | None:
    fibres = fibre_components(floorplan.netlist).values()
    facets = any(pdk.role_of(component) is Role.EDGE_COUPLER for component in fibres)
    finding = die_check(floorplan_box(floorplan, pdk), pdk, facets=facets)
    pads = sum(1 for name in floorplan.netlist.cells[floorplan.netlist.top].instances if name.startswith("pad_"))
    edge_nm = -(-pads // 2) * pdk.pad_pitch_nm
    if finding is None or edge_nm <= widest_nm(pdk) - 2 * margin_nm(pdk):
        return finding
    why = f"{pads} bond pads take {edge_nm / 1e6:.2f} mm of each of two edges"
    return replace(finding, measured=f"{finding.measured} ({why})")


def _over(size_mm: tuple[float, float], die_mm: tuple[float, float]) -> tuple[float, float]:
    """By how much a chip is wider and higher than a die; what is below a nanometre is rounding."""
    wide, high = (round(max(size - die, 0.0), 6) for size, die in zip(size_mm, die_mm, strict=True))
    return wide, high


def _shown(size_mm: tuple[float, float]) -> str:
    return f"{size_mm[0]:.2f} x {size_mm[1]:.2f} mm"
