"""The file for the foundry: a layout without what only says what it is, and the proof that nothing else changed.

Pins and outlines are left out (`Submission.drops` names the layers), and the top cell gets the name that the foundry
asks for. Every other polygon, text, cell and named instance stays, and the same layout gives the same bytes.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import klayout.db as kdb

from layouts.canonical import write
from layouts.extract import read
from pdk.contract import Layer, Pdk

_Placed = Counter[tuple[str, str, str]]
"""Instances of a cell: name, cell, place."""


@dataclass(frozen=True)
class LayerProof:
    """One layer of both files."""

    layer: str
    """GDS layer and datatype, `3/0`."""
    name: str
    polygons: int
    """In all cells of the file as it was, each cell counted once."""
    texts: int
    xor_area_nm2: int
    """Area that only one of the files covers, over all cells."""
    same: bool
    """Whether each cell has the same polygons and texts on it, vertex by vertex."""


@dataclass(frozen=True)
class Proof:
    """What two files have in common: hierarchy, and everything on the layers that both should have."""

    layers: tuple[LayerProof, ...]
    left_out: tuple[str, ...]
    """Names of the layers that only the file as it was has."""
    cells: int
    instances: int
    """In all cells, each cell counted once."""
    differences: tuple[str, ...]
    """What is not the same, in words."""

    @property
    def ok(self) -> bool:
        """Whether nothing differs."""
        return not self.differences

    def as_dict(self) -> dict[str, Any]:
        """The proof as the manifest holds it."""
        return {"ok": self.ok, **asdict(self)}


def clean_name(name: str) -> str:
    """A design's name in letters, digits and _."""
    return re.sub(r"[^A-Za-z0-9_]", "_", name)


def top_cell_name(name: str, pdk: Pdk) -> str:
    """The name of a design's top cell at its foundry."""
    return pdk.submission.top_cell.format(name=clean_name(name))


def strip(gds: Path, stripped: Path, pdk: Pdk, name: str) -> str:
    """Write the file for the foundry; the name of its top cell.

    NotALayoutError where `gds` is none, OSError where it cannot be written.
    """
    layout = read(gds)
    for layer in _dropped(pdk):
        index = layout.find_layer(*layer)
        if index is not None:
            layout.delete_layer(index)
    wanted, top = top_cell_name(name, pdk), layout.top_cell()
    other = layout.cell(wanted)
    if other is not None and other.cell_index() != top.cell_index():
        wanted += "_top"
    layout.rename_cell(top.cell_index(), wanted)
    write(layout, stripped)
    return wanted


def prove(gds: Path, stripped: Path, pdk: Pdk) -> Proof:
    """Compare two files, read from disk, cell by cell and layer by layer; names of their top cells apart."""
    before, after = read(gds), read(stripped)
    differences: list[str] = []
    pairs = _pairs(before, after, differences)
    instances = 0
    for name, (a, b) in pairs.items():
        old, new = _instances(a, before.top_cell()), _instances(b, after.top_cell())
        instances += old.total()
        if old != new:
            differences.append(f"{name}: {(old - new).total()} instances are gone, {(new - old).total()} are new")
    dropped = _dropped(pdk)
    names = {layer: name for name, layer in pdk.layers.items()}
    infos = {(i.layer, i.datatype) for layout in (before, after) for i in layout.layer_infos()}
    layers: list[LayerProof] = []
    for layer in sorted(infos):
        found = _layer(layer, names.get(layer, ""), pairs, keep=layer not in dropped)
        if layer in dropped:
            if found.xor_area_nm2 or found.texts or not found.same:
                differences.append(f"layer {found.layer} is not left out")
        elif found.polygons or found.texts or not found.same:
            layers.append(found)
            if not found.same or found.xor_area_nm2:
                differences.append(f"layer {found.layer}: XOR of {found.xor_area_nm2} nm2")
    left_out = tuple(names.get(layer, f"{layer[0]}/{layer[1]}") for layer in dropped)
    return Proof(tuple(layers), left_out, len(pairs), instances, tuple(differences))


def _dropped(pdk: Pdk) -> tuple[Layer, ...]:
    """Layers that are left out; one that also has something to make is kept."""
    kept = {layer for name, layer in pdk.layers.items() if name not in pdk.submission.drops}
    return tuple(dict.fromkeys(pdk.layers[name] for name in pdk.submission.drops if pdk.layers[name] not in kept))


def _pairs(before: kdb.Layout, after: kdb.Layout, differences: list[str]) -> Mapping[str, tuple[kdb.Cell, kdb.Cell]]:
    """Cells of the same name, the two top cells being a pair whatever they are called."""
    old = {_name(cell, before.top_cell()): cell for cell in before.each_cell()}
    new = {_name(cell, after.top_cell()): cell for cell in after.each_cell()}
    for name in sorted(old.keys() ^ new.keys()):
        differences.append(f"cell {name} is {'gone' if name in old else 'new'}")
    return {name: (old[name], new[name]) for name in sorted(old.keys() & new.keys())}


def _name(cell: kdb.Cell, top: kdb.Cell) -> str:
    return "" if cell.cell_index() == top.cell_index() else cell.name


def _instances(cell: kdb.Cell, top: kdb.Cell) -> _Placed:
    return Counter(
        (str(one.property(0)), _name(one.cell, top), one.cell_inst.to_s().partition(" ")[2]) for one in cell.each_inst()
    )


def _layer(layer: Layer, name: str, pairs: Mapping[str, tuple[kdb.Cell, kdb.Cell]], *, keep: bool) -> LayerProof:
    """One layer over all cells; of a layer that is left out (`keep` false) the second file alone."""
    polygons, texts, area, same = 0, 0, 0, True
    for pair in pairs.values():
        old, new = (_shapes(cell, layer) for cell in pair)
        if not keep:
            old = new
        polygons += sum(1 for shape in old if not shape.is_text())
        texts += sum(1 for shape in old if shape.is_text())
        if sorted(shape.to_s() for shape in old) != sorted(shape.to_s() for shape in new):
            same = False
        area += (_region(old) ^ _region(new)).area()
    if not keep:
        same, area = polygons + texts == 0, 0
    return LayerProof(f"{layer[0]}/{layer[1]}", name, polygons, texts, area, same)


def _shapes(cell: kdb.Cell, layer: Layer) -> list[kdb.Shape]:
    index = cell.layout().find_layer(*layer)
    return [] if index is None else list(cell.shapes(index).each())


def _region(shapes: list[kdb.Shape]) -> kdb.Region:
    region = kdb.Region()
    for shape in shapes:
        if shape.polygon is not None:
            region.insert(shape.polygon)
    return region
