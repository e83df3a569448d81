"""Ports of blocks from positions alone: an open port inside is the block's own where somebody outside meets it.

    pass up      in each cell, the ports of its instances that meet nobody there
    pass down    of those, the ones that meet somebody in a cell above, or a fibre above the chip

What meets nobody anywhere stays inside, where `layouts.connect` tells it as open. Ports are named as compile names
them: clockwise from the lower left, but those of a cell that shows nothing but fibres column by column from the west,
each from the top.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import klayout.db as kdb

from layouts.geometry import Transform, turn
from pdk.contract import Port

MISSED_NM = 20_000
"""Two open ports that face each other this near were meant to meet: the block that stands wrong keeps its port."""

_FIBRE = "o2"


@dataclass(eq=False)
class _Open:
    """A port that meets nobody in its cell."""

    port: Port
    is_fibre: bool
    below: "_Open | None" = None
    """The same port in the instance that it belongs to; None for a device's own."""
    is_outside: bool = False
    """Whether it is a port of its cell."""
    near: bool = False
    """Whether another open port of its cell faces it nearby."""
    above: "list[_Open]" = field(default_factory=list)
    """The same port in the cells around, where it meets nobody there."""


def exported(
    layout: kdb.Layout, leaves: Mapping[int, tuple[Port, ...]], fibres: set[int]
) -> dict[int, tuple[Port, ...]]:
    """The ports of every cell with instances, by index. `leaves`: ports of the devices; `fibres`: fibre couplers."""
    opens: dict[int, list[_Open]] = {
        index: [_Open(port, index in fibres and port.name == _FIBRE) for port in ports if port.kind == "optical"]
        for index, ports in leaves.items()
    }
    for index in layout.each_cell_bottom_up():
        if index not in leaves:
            opens[index] = list(_pass_up(layout.cell(index), opens))
    found: dict[int, tuple[Port, ...]] = {}
    for index in layout.each_cell_top_down():
        if index not in leaves:
            is_top = index == layout.top_cell().cell_index()
            for one in opens[index]:
                one.is_outside |= one.is_fibre if is_top else any(_wanted(one, above) for above in one.above)
            found[index] = _named([one for one in opens[index] if one.is_outside])
    return found


def _pass_up(cell: kdb.Cell, opens: Mapping[int, list[_Open]]) -> Iterator[_Open]:
    spots: dict[tuple[int, int], list[_Open]] = defaultdict(list)
    for instance in cell.each_inst():
        trans = instance.trans
        at = Transform(trans.disp.x, trans.disp.y, turn(trans.angle * 90, 0), trans.is_mirror())
        for below in opens[instance.cell_index]:
            port = at.port(below.port)
            spots[port.x_nm, port.y_nm].append(_Open(port, below.is_fibre, below))
    alone = []
    for here in spots.values():
        if len(here) == 1:
            alone.append(here[0])
            continue
        for one in here:
            if one.below:
                one.below.is_outside = True
    for one in alone:
        one.near = any(_faces(one.port, other.port) for other in alone if other is not one)
        if one.below:
            one.below.above.append(one)
        yield one


def _wanted(one: _Open, above: _Open) -> bool:
    """Whether an open port of a cell is that cell's own, by what it is in a cell above where nobody meets it."""
    return above.is_outside or (above.near and not one.near)


def _faces(a: Port, b: Port) -> bool:
    return (
        (a.angle_deg - b.angle_deg) % 360 == 180
        and abs(a.x_nm - b.x_nm) <= MISSED_NM
        and abs(a.y_nm - b.y_nm) <= MISSED_NM
    )


def _named(ports: list[_Open]) -> tuple[Port, ...]:
    if all(one.is_fibre for one in ports):
        ordered = sorted((one.port for one in ports), key=lambda p: (p.x_nm, -p.y_nm))
    else:
        ordered = sorted((one.port for one in ports), key=_clockwise)
    return tuple(replace(port, name=f"o{number + 1}") for number, port in enumerate(ordered))


def _clockwise(port: Port) -> tuple[int, int, int]:
    """West side upwards, north side to the right, east side downwards, south side to the left."""
    x, y = port.x_nm, port.y_nm
    side = {180: (0, y, x), 90: (1, x, y), 0: (2, -y, -x), 270: (3, -x, -y)}
    return side[port.angle_deg]
