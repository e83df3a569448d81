"""The command line. Each command loads what it needs when it runs, so that --help is instant."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from backlight.interrupt import INTERRUPTED, once_more
from backlight.refusal import CANNOT_RUN, as_refusal, one_line
from backlight.terminal import Terminal, complain

app = typer.Typer(
    name="backlight",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""A neural network becomes a photonic chip, and the chip is proved to learn.

    The usual way: write a spec (or take one from `examples/`), then

    1. `backlight compile examples/moons.yml -o out` draws the circuit as `out/chip.gds`

    2. `backlight verify out` reads the GDS back and proves that it is that circuit

    3. `backlight simulate out` sends light through the circuit that was read back

    4. `backlight train out` trains that very circuit by what its photodiodes measure

    5. `backlight yield out` trains a hundred such chips, each with faults of its own

    6. `backlight export out -o bundle` writes what one sends to the foundry and takes to the bench

    `backlight demo` does all of it on a small example. Exit status: 0 done and all checks hold, 1 a check failed,
    2 the request cannot be run.""",
)


class Gradient(StrEnum):
    """How the gradient is measured on the chip."""

    ECHO = "echo"
    PARAMETER_SHIFT = "parameter_shift"
    THREE_PASS = "three_pass"


Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder that `compile` wrote.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the outcome as JSON, and nothing else.")]
Out = Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Folder for the files; made if need be.")]
Epochs = Annotated[int | None, typer.Option(min=0, help="Epochs in all; else the spec's.")]


@app.command("compile")
def compile_(
    spec: Annotated[Path, typer.Argument(metavar="SPEC", help="The network and its chip, as YAML.")],
    output: Out,
    pdk: Annotated[str | None, typer.Option(metavar="NAME", help="Foundry process; overrides the spec's.")] = None,
    as_json: AsJson = False,
) -> None:
    """Draw the circuit of a network: chip.gds, netlist.yml, and tables of pads, ports and taps."""
    from backlight.verbs.compile import compile_spec

    raise typer.Exit(compile_spec(spec, output, pdk, Terminal(as_json=as_json)))


@app.command()
def verify(
    what: Annotated[Path, typer.Argument(metavar="DIR|FILE.gds", help="A folder that `compile` wrote, or any GDS.")],
    pdk: Annotated[str | None, typer.Option(metavar="NAME", help="Process of a GDS alone; else its label's.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read the GDS back and prove that it is the designed circuit: devices, nets, lengths and S-matrices.

    A GDS alone is checked for what can be seen without its design.
    """
    from backlight.verbs.verify import verify_file, verify_folder

    terminal = Terminal(as_json=as_json)
    raise typer.Exit(verify_folder(what, terminal) if what.is_dir() else verify_file(what, pdk, terminal))


@app.command()
def budget(
    folder: Folder,
    laser_mw: Annotated[float | None, typer.Option(metavar="MW", help="Power at each laser port; 100 mW else.")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell what the circuit that was read back takes: light at every photodiode, power, heat, time, energy.

    Beside it stands what a digital machine takes. Exit status 1 where a limit is broken: light in a waveguide, current,
    heat per area, signal to noise.
    """
    from backlight.verbs.budget import budget_folder

    raise typer.Exit(budget_folder(folder, laser_mw, Terminal(as_json=as_json)))


@app.command()
def simulate(folder: Folder, as_json: AsJson = False) -> None:
    """Send light through the circuit that was read back, by SAX and by the engine."""
    from backlight.verbs.simulate import simulate_folder

    raise typer.Exit(simulate_folder(folder, Terminal(as_json=as_json)))


@app.command()
def train(
    folder: Folder,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where training stopped, bit for bit.")] = False,
    seed: Annotated[
        int | None,
        typer.Option(min=0, max=2**32 - 1, help="Draws the chip and splits the data; else the spec's."),
    ] = None,
    epochs: Epochs = None,
    ideal: Annotated[bool | None, typer.Option("--ideal", help="A chip without imperfections.")] = None,
    gradient: Annotated[Gradient | None, typer.Option(help="How a mesh measures gradients; echo if not given.")] = None,
    drift: Annotated[
        float | None, typer.Option(min=0.0, metavar="RAD", help="Then let all phases drift, and mend what it spoils.")
    ] = None,
    drift_steps: Annotated[int | None, typer.Option(min=1, help="How often they drift; once if not given.")] = None,
    variation: Annotated[
        Path | None, typer.Option(metavar="FILE", help="How much chips vary, as YAML; see docs/variation.md.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Train the circuit that was read back, in its own light: a digital twin of it is programmed and measured.

    The trainer sees photocurrents and the nominal tables, never the twin's model. Ctrl-C keeps the last whole epoch.
    """
    from backlight.asked import Asked, read_variation
    from backlight.verbs.train import train_folder

    varied = read_variation(variation)
    asked = Asked(seed, epochs, ideal, gradient and gradient.value, drift, drift_steps, varied)
    raise typer.Exit(train_folder(folder, asked, resume, Terminal(as_json=as_json)))


@app.command("yield")
def yield_(
    folder: Folder,
    chips: Annotated[int | None, typer.Option(min=1, help="Chips to draw and train; 100 if not given.")] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes on this machine; one per core if not given.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="A dask scheduler whose workers do it instead.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where a study stopped; --chips may be more.")] = False,
    seed: Annotated[
        int | None, typer.Option(min=0, max=2**32 - 1, help="Draws the first chip; else the spec's.")
    ] = None,
    epochs: Epochs = None,
    target: Annotated[
        float | None, typer.Option(min=0, max=1, help="Held-out accuracy that a chip has to reach; 0.95 if not given.")
    ] = None,
    ideal: Annotated[bool | None, typer.Option("--ideal", help="Chips without imperfections.")] = None,
    variation: Annotated[
        Path | None, typer.Option(metavar="FILE", help="How much chips vary, as YAML; see docs/variation.md.")
    ] = None,
    fresh_data: Annotated[
        bool | None, typer.Option("--fresh-data", help="A data split and a start of its own for every chip.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Draw many chips of the circuit that was read back, train each, and tell how many learn well enough.

    The same seed gives the same numbers on any number of workers. Ctrl-C keeps the finished chips.
    """
    from backlight.verbs.yield_ import Asked, imperfections, yield_folder

    asked = Asked(chips, seed, epochs, target, imperfections(ideal, variation), fresh_data)
    raise typer.Exit(yield_folder(folder, asked, resume, workers, scheduler, Terminal(as_json=as_json)))


@app.command()
def export(
    folder: Folder,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="BUNDLE", help="Folder for the bundle; its zip stands beside it.")
    ],
    force: Annotated[
        bool, typer.Option("--force", help="Write it although a check fails; the manifest and its README say so.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write what one sends to the foundry, and what one takes to the bench, as a folder and a zip.

    The GDS goes without pins and outlines, is proved otherwise unchanged, read back as it is, and checked, by the
    foundry's own checks too. Exit status 1 where one fails: then nothing is written.
    """
    from backlight.verbs.export import export_folder

    raise typer.Exit(export_folder(folder, output, force, Terminal(as_json=as_json)))


@app.command()
def show(
    what: Annotated[Path, typer.Argument(metavar="DIR|FILE.gds", help="A folder that `compile` wrote, or any GDS.")],
    at: Annotated[str | None, typer.Option(metavar="PATH", help="A device, such as layer1.mesh.mzi_0_0.theta.")] = None,
    png: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a picture instead; needs no KLayout.")] = None,
    pdk: Annotated[str | None, typer.Option(metavar="NAME", help="Process of a GDS alone; else its label's.")] = None,
) -> None:
    """Open the layout in KLayout, with the layers of its process and what `verify` found."""
    from backlight.verbs.show import show as show_layout

    raise typer.Exit(show_layout(what, at, png, pdk, Terminal()))


@app.command()
def pdks(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="All about this one: devices, numbers.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Ask whether it keeps the contract; status 1 if not.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the foundry processes: what each offers and lacks, what it is set and read by, its licence.

    Processes come from installed packages, yours too; docs/pdk.md shows how to add one.
    """
    from backlight.verbs.pdks import list_pdks, show_pdk

    terminal = Terminal(as_json=as_json)
    raise typer.Exit(list_pdks(check, terminal) if name is None else show_pdk(name, check, terminal))


@app.command()
def demo(output: Out = Path("demo"), epochs: Epochs = None) -> None:
    """Everything on a small example, offline: moons on a chip of 3 layers with 4 ports each."""
    from backlight.verbs.demo import run_demo

    raise typer.Exit(run_demo(output, epochs, Terminal()))


@app.callback(invoke_without_command=True)
def _start(
    context: typer.Context, version: Annotated[bool, typer.Option("--version", help="Print it.")] = False
) -> None:
    if version:
        from importlib.metadata import version as version_of

        print(f"backlight {version_of('backlight')}")
        raise typer.Exit(0)
    if context.invoked_subcommand is None:
        print(context.get_help())
        raise typer.Exit(0)


def main() -> None:
    """The `backlight` command."""
    sys.unraisablehook = once_more
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Exit status of one command. Every expected error becomes one line on stderr."""
    try:
        status = app(arguments, standalone_mode=False)
        if status == INTERRUPTED:
            raise KeyboardInterrupt
    except typer.TyperException as error:
        complain(one_line(error.format_message()) + "; see backlight --help")
        return CANNOT_RUN
    except KeyboardInterrupt:
        complain("interrupted; nothing that was whole is lost")
        return CANNOT_RUN
    except Exception as error:
        line = as_refusal(error)
        if line is None:
            raise
        complain(line)
        return CANNOT_RUN
    return int(status or 0)
