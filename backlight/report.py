"""report.html: one page that holds all that a folder knows of its chip, and needs nothing else to be read.

What has not been made yet is said so, with the command that makes it; a report can be written at any time.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from backlight import budget_view, files, plots, watch_view
from backlight.folder import Folder
from backlight.layout_view import layout_view
from backlight.ledger import ledger, shots_per_sample
from backlight.refusal import Refusal

if TYPE_CHECKING:
    from compiler.crossbar_tables import AnyTables, CrossbarTables
    from compiler.netlist import Netlist
    from compiler.network import Design
    from compiler.tables import Tables

SECTIONS = (
    ("layout", "Layout"),
    ("circuit", "Circuit"),
    ("verify", "Verify"),
    ("light", "Transfer matrices"),
    ("training", "Training"),
    ("gradient", "Gradient fidelity"),
    ("confusion", "Confusion matrix"),
    ("yield", "Yield"),
    ("losses", "Loss per path"),
    ("budget", "Budget"),
    ("ledger", "Ledger"),
)
READ_BY_CAMERA = "camera grating"
"""What stands where a photodiode would, on a chip that a camera reads."""
REWRITE = "run the command that writes it again"


def write_report(folder: Folder, tables: "AnyTables", circuit: "Netlist | None" = None) -> Path:
    """Write report.html from what is in a folder; its path. `circuit`: the one read back, or else the designed one."""
    import klayout.db as kdb

    layout = kdb.Layout()
    layout.read(str(folder.gds))
    box = layout.top_cell().dbbox()
    verify = _optional(folder.path / files.VERIFY)
    simulation = _optional(folder.path / files.SIMULATION)
    training = _finished(_optional(folder.path / files.TRAINING))
    history = files.read_csv(folder.path / files.HISTORY, REWRITE) if training else []
    gradient = (training or {}).get("gradient", "echo")
    with _whole(folder.path):
        told = {
            "figures": figures(folder.design, folder.netlist, verify, training),
            **light(simulation, _optional(folder.path / files.PROGRAM)),
            **learning(training, history),
            **yield_section(_optional(folder.path / files.YIELD)),
            "footer": footer(folder, training),
        }
    page = {
        "design": folder.design,
        "layers": len(folder.design.network.layers),
        "sections": SECTIONS,
        "schema": files.SCHEMA,
        "version": version("backlight"),
        "view": layout_view(folder.gds, folder.pdk),
        "width_mm": f"{box.width() / 1000:.2f}",
        "height_mm": f"{box.height() / 1000:.2f}",
        "asked": asked(folder.design),
        "components": components(folder.netlist),
        "blocks": blocks(folder.netlist),
        "checks": (verify or {}).get("checks"),
        **told,
        **loss_table(tables),
        "budget": budget_section(folder, circuit or folder.netlist, tables, box.width() * box.height() * 1e-6),
        **ledger_table(tables, gradient),
    }
    path = folder.path / files.REPORT
    files.write_text(path, render(page))
    return path


@contextmanager
def _whole(folder: Path) -> Iterator[None]:
    """Refusal where a file of results lacks what belongs into it."""
    try:
        yield
    except (KeyError, TypeError, IndexError, ValueError) as error:
        raise Refusal(folder, f"a damaged file of results ({error!r})", "those of this program", REWRITE) from None


def render(page: Mapping[str, Any]) -> str:
    """The page as HTML; every text is escaped, only plots and the layout's view are markup."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("report.html.j2").render(page)


def figures(design: "Design", netlist: "Netlist", verify: dict | None, training: dict | None) -> list[tuple[str, str]]:
    """The few numbers at the top of the page: value and what it is."""
    shown = [
        shape(design),
        (f"{len(netlist.flat.leaves):,}", "devices"),
    ]
    if verify:
        held, count = sum(check["ok"] for check in verify["checks"]), len(verify["checks"])
        shown.append((f"{held} of {count}", "checks hold"))
    if training:
        shown.append((f"{100 * training['test_accuracy']:.1f} %", "held-out accuracy"))
        if training.get("gradient_cosine") is not None:
            shown.append((f"{training['gradient_cosine']:.4f}", "gradient cosine"))
    return shown


def ledger_table(tables: "AnyTables", gradient: str) -> dict[str, Any]:
    """What the ledger's section shows."""
    from backlight.ledger_crossbar import crossbar_ledger
    from compiler.budget_crossbar import shots_per_sample as crossbar_shots
    from compiler.tables import Tables

    if isinstance(tables, Tables):
        shots = shots_per_sample(tables, gradient)
        return {"ledger": ledger(tables, gradient), "shots": shots, "gradient": gradient.replace("_", " ")}
    return {"ledger": crossbar_ledger(tables), "shots": crossbar_shots(tables), "gradient": "products in light"}


def budget_section(folder: Folder, circuit: "Netlist", tables: "AnyTables", die_mm2: float) -> dict[str, Any]:
    """What the budget's section shows."""
    from compiler.budget import budget

    found = budget(folder.design, circuit, folder.pdk, die_mm2=die_mm2, tables=tables)
    return budget_view.page(found, folder.pdk)


def shape(design: "Design") -> tuple[str, str]:
    """The size of a network and what it counts."""
    if design.chip.architecture == "crossbar":
        return "-".join(map(str, (design.network.inputs, *design.network.layer_outputs))), "inputs - neurons"
    return f"{len(design.network.layers)} × {design.ports}", "layers × ports"


def asked(design: "Design") -> list[tuple[str, str]]:
    """Every value of the spec, those that nobody wrote included."""
    rows = [("inputs", str(design.network.inputs)), ("loss", design.network.loss)]
    rows += [
        (f"layer {k + 1}", f"{layer.outputs} outputs" + (f", {layer.activation}" if layer.activation else ""))
        for k, layer in enumerate(design.network.layers)
    ]
    mesh = design.chip.architecture == "mesh"
    resolved = {"epochs": design.epochs, "bias": design.chip.bias or ("first" if mesh else "all")}
    resolved |= {"ports": design.ports} if mesh else {}
    only = {"linear": "mesh", "weight": "crossbar"}
    for part in (design.chip, design.train):
        for f in fields(part):
            value = resolved.get(f.name, getattr(part, f.name))
            if value is not None and only.get(f.name, design.chip.architecture) == design.chip.architecture:
                rows.append((f.name.replace("_", " "), str(value)))
    return rows


def components(netlist: "Netlist") -> list[tuple[str, int]]:
    """Devices and how many of each, the most frequent first."""
    return Counter(leaf.component for leaf in netlist.flat.leaves.values()).most_common()


def blocks(netlist: "Netlist") -> list[tuple[str, int]]:
    """Blocks of the hierarchy and how many of each."""
    return [(name, sum(1 for _ in netlist.instances_of(name))) for name in netlist.cells if name != netlist.top]


def loss_table(tables: "AnyTables") -> dict[str, Any]:
    """What the section on losses shows: the blocks of its columns, and its rows."""
    from compiler.crossbar_tables import CrossbarTables

    if isinstance(tables, CrossbarTables):
        return {"loss_layers": [*(bank.name for bank in tables.banks), "readout"], "losses": bank_losses(tables)}
    return {"loss_layers": [t.name for t in tables.layers], "losses": losses(tables)}


def bank_losses(tables: "CrossbarTables") -> list[tuple[str, list[str]]]:
    """Rows of a crossbar's loss table: a path, and for each bank, then the read-out, its loss in dB, least to most."""
    read = READ_BY_CAMERA if tables.camera else "photodiode"
    slopes = [_span_db(bank.slope[bank.slope > 0]) if bank.slope.any() else "" for bank in tables.banks]
    return [
        (f"fibre to a {read} of a weight", [*(_span_db(bank.weight.ravel()) for bank in tables.banks), ""]),
        ("fibre to a column's monitor", [*(_span_db(bank.monitor) for bank in tables.banks), ""]),
        ("fibre to a neuron's replica", [*slopes, _span_db(tables.output_slope)]),
        ("fibre to an output", [*("" for _ in tables.banks), _span_db(tables.output)]),
    ]


def losses(tables: "Tables") -> list[tuple[str, list[str]]]:
    """Rows of the loss table: a path, and for each layer its loss in dB, least to most."""
    read = READ_BY_CAMERA if tables.camera else "photodiode"
    paths = {
        "laser to mesh input": lambda t: t.source,
        "laser to input monitor": lambda t: t.monitor,
        "mesh input to output": lambda t: [t.a_tot],
        "tap to output": lambda t: t.a_post,
        f"output to {read}": lambda t: t.detector,
        f"laser to {read}": lambda t: [s * t.a_tot * d for s in t.source for d in t.detector],
        "laser back into the outputs": lambda t: t.inject,
        f"local oscillator to {read}": lambda t: t.reflect,
        f"bus to tap {read}": lambda t: t.tap_drop,
        f"mesh input back to {read}": lambda t: t.backward,
    }
    return [(name, [_span_db(power(t)) for t in tables.layers]) for name, power in paths.items()]


def light(simulation: dict | None, program: dict | None) -> dict[str, Any]:
    """What the section on transfer matrices shows."""
    if simulation is None:
        return {"matrices": [], "of_banks": False, "wavelength": "", "origin": "", "agreement": ""}
    matrices = []
    for layer in simulation["layers"]:
        if "weights" in layer:
            values = np.array(layer["weights"])
            rows, columns = ([f"{k + 1}" for k in range(count)] for count in values.shape)
            plot = plots.heatmap(values, rows, columns, title=f"weights of {layer['name']}")
            matrices.append((layer["name"], _markup(plot)))
            continue
        values = np.array(layer["abs_u"])
        ports = values.shape[1]
        rows = [f"{k + 1}" if k < ports else f"dump {k - ports + 1}" for k in range(len(values))]
        plot = plots.heatmap(values, rows, [f"{k + 1}" for k in range(ports)], title=f"|M| of {layer['name']}")
        matrices.append((layer["name"], _markup(plot)))
    return {
        "matrices": matrices,
        "of_banks": any("weights" in layer for layer in simulation["layers"]),
        "wavelength": f"{simulation['wavelength_um']:g}",
        "origin": (program or {}).get("origin", "unknown"),
        "agreement": _agreement(simulation["agreement"]["difference"]),
    }


def learning(training: dict | None, history: list[dict[str, str]]) -> dict[str, Any]:
    """What the sections on training, gradients and confusion show."""
    if training is None:
        return {
            "training": None,
            "training_note": "",
            "drift_note": "",
            "curves": [],
            "fidelity": [],
            "confusion": None,
        }
    drift = training.get("drift")
    history = [row for row in history if row["kind"] == "train"]
    epochs = [float(row["epoch"]) for row in history]
    accuracy = {
        "training": [100 * float(row["train_accuracy"]) for row in history],
        "held out": [100 * float(row["test_accuracy"]) for row in history],
    }
    loss = {"loss": [float(row["loss"]) for row in history]}
    names = [str(name) for name in training["class_names"]]
    counts = np.array(training["confusion"], dtype=float)
    return {
        "training": training,
        "drift_note": watch_view.note(drift) if drift else "",
        "training_note": (
            f"{training['epochs']} epochs on {training['data']}, {training['chip']} chip, seed {training['seed']}: "
            f"{100 * training['test_accuracy']:.1f} % of the held-out samples are right, "
            f"{100 * training['train_accuracy']:.1f} % of those trained on. {training['shots']:,} shots, "
            f"{training['calibration_shots']:,} of them for calibration."
        ),
        "curves": [
            ("Accuracy", _markup(plots.curves(accuracy, epochs, title="accuracy", x_label="epoch", y_label="%"))),
            ("Loss", _markup(plots.curves(loss, epochs, title="loss", x_label="epoch", y_label="", log=True))),
            *([("Accuracy while the chip drifts", _markup(watch_view.plot(drift)))] if drift else []),
        ],
        "fidelity": [
            (f"{what.replace('_', ' ')}, {when}", f"{value:.4f}")
            for when, values in training["fidelity"].items()
            for what, value in values.items()
        ],
        "confusion": _markup(plots.heatmap(counts, names, names, title="confusion matrix", digits=0)),
    }


def yield_section(told: dict | None) -> dict[str, Any]:
    """What the section on yield shows."""
    from backlight.yields import view

    if told is None:
        return {"yield_note": "", "yield_numbers": [], "yield_plots": []}
    shown = [(title, _markup(plot)) for title, plot in view.pictures(told)]
    return {"yield_note": view.note(told), "yield_numbers": view.numbers(told), "yield_plots": shown}


def _agreement(difference: float | None) -> str:
    if difference is None:
        return "Not compared with SAX yet: run backlight simulate."
    return f"The engine and SAX differ by {difference:.1e}."


def footer(folder: Folder, training: dict | None) -> str:
    """Versions and seeds."""
    seeds = f" · seed {training['seed']}" if training else ""
    return (
        f"backlight {version('backlight')} · PDK {folder.pdk.name} {folder.pdk.version} · schema {files.SCHEMA}{seeds}"
    )


def _finished(training: dict[str, Any] | None) -> dict[str, Any] | None:
    """The summary of a finished run; None while one is under way."""
    return training if training and "confusion" in training else None


def _optional(path: Path) -> dict[str, Any] | None:
    return files.read_json(path, REWRITE) if path.exists() else None


def _span_db(powers: Iterable[float]) -> str:
    db = sorted(-10 * np.log10(np.asarray(list(powers), dtype=float)))
    low, high = f"{db[0] + 0:.2f}", f"{db[-1] + 0:.2f}"
    return low if low == high else f"{low} … {high}"


def _markup(text: str) -> Any:
    from markupsafe import Markup

    return Markup(text)
