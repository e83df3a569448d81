"""From gdsfactory's hierarchical cells to flat ones on the nanometre grid. The only place that activates its PDK."""

from collections.abc import Iterable, Mapping
from types import ModuleType

import gdsfactory as gf
import klayout.db as kdb

from pdk.contract import Layer, Port
from pdk.generic import tech
from pdk.kit.active import activate


def parts() -> ModuleType:
    """The component library of gdsfactory, with its generic PDK active."""
    activate(gf.gpdk.PDK)
    return gf.components


def flat(
    name: str,
    source: gf.Component,
    port_names: Mapping[str, str],
    boxes: Iterable[tuple[Layer, tuple[int, int, int, int]]] = (),
    electrical: Iterable[Port] = (),
) -> gf.Component:
    """One cell that holds every polygon of `source`, moved so that its first port is (0, 0).

    Polygons are not merged: a loop of waveguide would become a polygon with a hole, which GDS stores only with a cut
    whose ends snap to the grid.
    `port_names` maps the new names to the source's. `boxes` (layer; left, bottom, right, top in nm) and `electrical`
    ports are added in the new frame.
    """
    old = {port.name: port for port in source.ports}
    first = old[next(iter(port_names.values()))]
    origin = _center_nm(first)
    shift = kdb.Trans(-origin[0], -origin[1])
    regions: dict[Layer, kdb.Region] = {}
    for info in source.kcl.layer_infos():
        region = kdb.Region(source.kdb_cell.begin_shapes_rec(source.kcl.layer(info)))
        if not region.is_empty():
            regions[info.layer, info.datatype] = region.transformed(shift)
    for layer, (left, bottom, right, top) in boxes:
        box = kdb.Region(kdb.Box(left, bottom, right, top))
        regions[layer] = regions.get(layer, kdb.Region()) + box
    ports = [_renamed(new, old[name], origin) for new, name in port_names.items()]
    return component(name, regions, [*ports, *electrical])


def component(name: str, regions: Mapping[Layer, kdb.Region], ports: Iterable[Port]) -> gf.Component:
    """A gdsfactory component of these polygons and ports (coordinates in nm)."""
    parts()
    drawn = gf.Component(kdb_cell=gf.kcl.create_cell(name, allow_duplicate=True))
    for layer, region in regions.items():
        drawn.kdb_cell.shapes(gf.kcl.layer(*layer)).insert(region)
    for port in ports:
        drawn.add_port(
            name=port.name,
            center=(port.x_nm / 1000, port.y_nm / 1000),
            width=port.width_nm / 1000,
            orientation=port.angle_deg,
            layer=tech.LAYERS["core" if port.kind == "optical" else "m3"],
            port_type=port.kind,
        )
    return drawn


def contract_ports(drawn: gf.Component) -> tuple[Port, ...]:
    """The component's ports as the contract states them, o1, o2, ... then e1, e2, ..."""
    ports = [_renamed(port.name, port, (0, 0)) for port in drawn.ports]
    return tuple(sorted(ports, key=lambda p: (p.kind != "optical", p.name)))


def _center_nm(port) -> tuple[int, int]:
    x_um, y_um = port.center
    return round(x_um * 1000), round(y_um * 1000)


def _renamed(name: str, port, origin: tuple[int, int]) -> Port:
    x_nm, y_nm = _center_nm(port)
    kind = "electrical" if name.startswith("e") else "optical"
    angle_deg = round(port.orientation) % 360
    return Port(name, x_nm - origin[0], y_nm - origin[1], angle_deg, round(port.width * 1000), kind)  # pyright: ignore
