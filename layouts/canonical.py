"""One way to write a GDS: the same layout gives the same bytes.

KLayout writes cells, layers, shapes and instances in the order in which they came to be. Here all of them are copied in
sorted order into a fresh layout, without timestamps and without the metadata that older readers refuse.
"""

from pathlib import Path

import klayout.db as kdb


def canonical(layout: kdb.Layout) -> kdb.Layout:
    """A copy in which the order of everything follows from the content alone."""
    copy = kdb.Layout()
    copy.dbu = layout.dbu
    infos = sorted(layout.layer_infos(), key=lambda info: (info.layer, info.datatype))
    layers = [(layout.find_layer(info), copy.layer(info.layer, info.datatype)) for info in infos]
    cells = sorted(layout.each_cell(), key=lambda cell: cell.name)
    index = {cell.cell_index(): copy.create_cell(cell.name).cell_index() for cell in cells}
    for cell in cells:
        target = copy.cell(index[cell.cell_index()])
        for source_layer, target_layer in layers:
            for shape in sorted(cell.shapes(source_layer).each(), key=lambda s: s.to_s()):
                target.shapes(target_layer).insert(shape)
        for instance in sorted(cell.each_inst(), key=lambda i: _instance_key(i, layout)):
            placed = target.insert(kdb.CellInstArray(index[instance.cell_index], instance.trans))
            name = instance.property(0)
            if name is not None:
                placed.set_property(0, name)
    return copy


def write(layout: kdb.Layout, path: Path) -> None:
    """Write the canonical GDS beside the path, then put it in place. OSError if it cannot be written."""
    options = kdb.SaveLayoutOptions()
    options.format = "GDS2"
    options.gds2_write_timestamps = False
    options.write_context_info = False
    beside = path.with_name(f".{path.name}.part")
    try:
        canonical(layout).write(str(beside), options)
        beside.replace(path)
    except RuntimeError as error:
        raise OSError(f"{path}: cannot be written: {error}") from error
    finally:
        beside.unlink(missing_ok=True)


def _instance_key(instance: kdb.Instance, layout: kdb.Layout) -> tuple[str, str, str]:
    return str(instance.property(0)), layout.cell(instance.cell_index).name, instance.trans.to_s()
