"""The part of a bundle that one takes to the bench: maps, recipe, program, tables, the circuit and its network."""

import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backlight import files, programs
from backlight.export import control, readout, recipe, scales
from backlight.export.bench_guide import bench_guide
from backlight.export.pads import by_terminal
from backlight.export.samples import nominal_bench, samples
from backlight.folder import Folder
from backlight.verbs.compile import write_losses

if TYPE_CHECKING:
    from compiler.crossbar_tables import AnyTables

CONTROL, READOUT, RECIPE, RECIPE_TEXT, GUIDE, SAMPLES, SCALES = (
    "control.csv",
    "readout.csv",
    "calibration.json",
    "calibration.txt",
    "README.txt",
    "samples.csv",
    "scales.csv",
)
MEND = "train again, or remove it"


def write_bench(bench: Path, folder: Folder, values: dict[str, Any]) -> None:
    """Write all of it into a new folder. `values`: of the flow, with `pads`, `detectors`, and `tables` where light can
    be followed; without them (a design that does not hold) there is no recipe, no program and no control map."""
    from chips.data import DataError

    bench.mkdir()
    pdk, extraction = folder.pdk, values["extraction"]
    pads = by_terminal(values["pads"])
    files.write_csv(bench / READOUT, readout.HEADER, readout.rows(values["detectors"], pads, pdk))
    shutil.copyfile(folder.path / files.SPEC, bench / files.SPEC)
    shutil.copyfile(folder.path / files.NETLIST, bench / files.NETLIST)
    data = folder.path / folder.design.train.data
    if data.suffix.lower() == ".csv" and data.is_file():
        shutil.copyfile(data, bench / data.name)
    if "tables" not in values:
        return
    tables = values["tables"]
    program, origin = _program(folder, tables)
    terminals = control.terminals(extraction, pads, pdk)
    told = recipe.recipe(tables)
    files.write_csv(bench / CONTROL, control.HEADER, control.rows(terminals, program, tables, pdk))
    programs.write_program(bench / files.PROGRAM, program, tables, origin)
    files.write_json(bench / RECIPE, told)
    files.write_text(bench / RECIPE_TEXT, recipe.as_text(told))
    write_losses(bench, tables)
    with suppress(DataError):  # data that cannot be had: train will say so; the chip is none the worse
        files.write_csv(bench / SAMPLES, *samples(folder, extraction.netlist, tables))
    channels = {
        "source": len({one.channel for one in terminals if one.channel not in ("", control.GROUND)}),
        "read": len({one.channel for one in values["detectors"]}),
    }
    between = _between(bench, folder, tables)
    files.write_text(bench / GUIDE, bench_guide(folder.design, pdk, tables, origin, channels, between))


def _between(bench: Path, folder: Folder, tables: "AnyTables") -> str:
    """What a person has to do between the layers; a mesh's scales become a file."""
    from chips.data import DataError
    from compiler.crossbar_tables import CrossbarTables

    if isinstance(tables, CrossbarTables):
        return scales.of_crossbar(folder.design, tables)
    first = None
    with suppress(DataError):
        first = nominal_bench(folder, tables)[0].x_max[0]
    found = scales.scales(folder.design, tables, first)
    files.write_csv(bench / SCALES, scales.HEADER, scales.rows(found, tables))
    return scales.of_mesh(folder.design, tables, found)


def _program(folder: Folder, tables: "AnyTables") -> tuple[programs.Program, str]:
    """What the chip is set to, and where that is from: trained where training ran, else mid-range."""
    path = folder.path / files.PROGRAM
    if not path.exists():
        return programs.mid_range(tables), "mid-range"
    origin = str(files.read_json(path, MEND).get("origin"))
    return programs.read_program(path, tables), origin
