"""A design folder read back: what `compile` wrote, for the commands that come after it."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from backlight import files
from backlight.refusal import Refusal

if TYPE_CHECKING:
    from compiler.netlist import Netlist
    from compiler.network import Design
    from pdk.contract import Pdk

DEFAULT_PDK = "generic"
"""Process of a GDS that says nothing of its own."""
RECOMPILE = "run backlight compile again"


@dataclass(frozen=True)
class Folder:
    """A folder that `compile` wrote. Refusal where it is not one."""

    path: Path

    def __post_init__(self) -> None:
        if not self.path.exists():
            raise Refusal(self.path, "no such folder", "a folder that compile wrote", "run backlight compile first")
        if not self.path.is_dir():
            raise Refusal(self.path, "a file", "a folder that compile wrote", "name the folder")
        missing = [name for name in (files.SPEC, files.GDS, files.NETLIST) if not (self.path / name).is_file()]
        if missing:
            raise Refusal(self.path, f"no {', '.join(missing)}", "a folder that compile wrote", "run backlight compile")

    @cached_property
    def design(self) -> "Design":
        """The design that the folder was compiled from."""
        from compiler.spec import read_spec

        return read_spec(self.path / files.SPEC)

    @cached_property
    def netlist(self) -> "Netlist":
        """The designed circuit, waveguides included."""
        return files.read_netlist(self.path / files.NETLIST, RECOMPILE)

    @cached_property
    def pdk(self) -> "Pdk":
        """The process of the design."""
        from pdk import registry

        return registry.get(self.design.chip.pdk)

    @property
    def gds(self) -> Path:
        """The layout."""
        return self.path / files.GDS

    def given(self) -> dict[str, object]:
        """What the flow may start from."""
        return {"design": self.design, "pdk": self.pdk, "netlist": self.netlist, "gds": self.gds}


def process_of(gds: Path, name: str | None) -> "Pdk":
    """The process of a GDS alone: the one asked for, else the one that its label names, else the only one that has all
    its layers. Refusal where there is no such file, NotALayoutError where it holds no layout."""
    if not gds.exists():
        raise Refusal(gds, "no such file", "a folder that compile wrote, or a GDS file", "check the path")
    from layouts.extract import read
    from layouts.labels import stated_process
    from pdk import registry

    if name:
        return registry.get(name)
    layout = read(gds)
    stated = stated_process(layout)
    if stated is None:
        layers = {
            (i.layer, i.datatype) for i in layout.layer_infos() if not layout.top_cell().bbox(layout.layer(i)).empty()
        }
        knowing = [name for name in registry.names() if layers <= set(registry.get(name).layers.values())]
        stated = knowing[0] if len(knowing) == 1 else None
    return registry.get(stated if stated in registry.names() else DEFAULT_PDK)
