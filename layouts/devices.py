"""Devices on the chip, by path and place: only those that somebody asks for, because a chip has very many."""

from collections.abc import Callable, Iterator, Mapping

from compiler.netlist import Netlist
from layouts.geometry import Placed, Transform

Wanted = Callable[[str, str], bool]
"""Whether an instance of this name and component is asked for."""


def devices(netlist: Netlist, places: Mapping[str, Mapping[str, Transform]], wanted: Wanted) -> Iterator[Placed]:
    """Devices that are wanted, with their paths and their places on the chip. `places` is by cell and instance name.

    Each distinct cell is looked through once; a cell that holds none of them is not opened again.
    """
    blocks: dict[str, list[tuple[str, str, Transform]]] = {}
    leaves: dict[str, list[Placed]] = {}

    def look(name: str) -> bool:
        if name not in leaves:
            blocks[name], leaves[name] = [], []
            for instance_name, instance in netlist.cells[name].instances.items():
                component = instance.component
                if component in netlist.cells:
                    if look(component):
                        blocks[name].append((instance_name, component, places[name][instance_name]))
                elif wanted(instance_name, component):
                    leaves[name].append(Placed(instance_name, instance, places[name][instance_name]))
        return bool(blocks[name] or leaves[name])

    look(netlist.top)
    stack = [(netlist.top, "", Transform())]
    while stack:
        name, prefix, here = stack.pop()
        for leaf in leaves[name]:
            yield Placed(prefix + leaf.path, leaf.instance, here.after(leaf.at))
        for instance_name, component, at in blocks[name]:
            stack.append((component, f"{prefix}{instance_name}.", here.after(at)))
