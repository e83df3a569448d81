"""backlight simulate: light through the circuit that was read back from the GDS."""

from pathlib import Path

from backlight import files, flow, programs
from backlight.folder import Folder
from backlight.refusal import CHECK_FAILED
from backlight.report import write_report
from backlight.terminal import Terminal
from backlight.verbs.verify import read_back


def simulate_folder(path: Path, terminal: Terminal) -> int:
    """Simulate what is in a folder under its program; exit status. Without a program every phase is mid-range."""
    folder = Folder(path)
    values = read_back(folder, terminal)
    tables, program = values["tables"], path / files.PROGRAM
    phases = programs.read_program(program, tables) if program.exists() else programs.mid_range(tables)
    simulation = flow.run(("simulation",), {**values, "program": phases}, terminal.stage)["simulation"]
    with files.Publication(path) as new:
        if not program.exists():
            programs.write_program(new / files.PROGRAM, phases, tables, "mid-range")
        files.write_json(new / files.SIMULATION, simulation.as_dict())
    write_report(folder, tables, values["extraction"].netlist)
    detectors = "gratings of the camera" if tables.camera else "photodiodes"
    terminal.say(
        f"{path}: engine and SAX differ by {simulation.difference:.1e} at {simulation.photodiodes} {detectors}"
        + ("" if simulation.ok else ", which is too much")
    )
    terminal.result(simulation.as_dict())
    return 0 if simulation.ok else CHECK_FAILED
