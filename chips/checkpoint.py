"""A run on disk, after every epoch: state to go on from, and a summary to read.

    weights.safetensors   the state: registers, Adam's moments, calibration; history and the run's hash in its header
    training.json         summary of the run so far       training.csv   one line for each epoch and event of the watch

Each file is written beside its place and renamed, so that a run that is stopped (Ctrl-C, power) leaves the last epoch
whole. A run is resumed from weights.safetensors alone: the two others only tell.
"""

import csv
import hashlib
import io
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from chips.adam import Moments
from chips.bench import Calibration, LayerCalibration
from chips.data import Split
from chips.mesh_watch import EPOCH
from chips.train import Epoch, TrainConfig, TrainState
from chips.watch import Event, Log
from compiler.network import Design
from compiler.tables import Tables

SCHEMA = 1
HISTORY_SCHEMA = 2
"""Of training.csv, whose lines have a kind since runs are watched: `train`, or what `chips.watch` calls its events."""
WEIGHTS, SUMMARY, HISTORY = "weights.safetensors", "training.json", "training.csv"
Header = Mapping[str, Any]
Tensors = Mapping[str, np.ndarray]
_ARRAYS = [f.name for f in fields(LayerCalibration) if f.name != "uneven"]


class CheckpointError(ValueError):
    """A checkpoint that cannot be used: one line with the file, what was found and what was expected."""


@dataclass(frozen=True, eq=False)
class Watched:
    """How far a watch behind the training has come."""

    log: Log
    memory: tuple[np.ndarray, ...]
    """Complex matrix of every layer, as `chips.mesh_watch` remembers them."""


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """What was read back."""

    state: TrainState
    chip_state: Any
    """What the chip's owner gave to keep (JSON), such as a twin's noise stream; None if nothing."""
    watched: Watched | None = None
    """None before a watch began."""


def run_hash(design: Design, tables: Tables, split: Split, config: TrainConfig) -> str:
    """Identity of a run: design, circuit, data and hyper-parameters. A run is resumed by an equal one only."""
    digest = hashlib.sha256()
    said = {"network": asdict(design.network), "chip": asdict(design.chip), "config": asdict(config)}
    digest.update(json.dumps(said, sort_keys=True).encode())
    for layer in tables.layers:
        digest.update("\n".join((layer.name, *layer.shifters, *layer.outputs)).encode())
    for part in (split.train_x, split.train_y, split.test_x, split.test_y):
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()


def write(
    folder: Path,
    state: TrainState,
    *,
    run: str,
    config: TrainConfig,
    chip_state: Any = None,
    summary: Any = None,
    watched: Watched | None = None,
) -> None:
    """Write the three files.

    Args:
        folder: Exists.
        state: As `train` gives it to `on_epoch`.
        run: `run_hash` of the run.
        config: Hyper-parameters, for the summary.
        chip_state: Anything that JSON holds; read back as it is.
        summary: More entries for training.json, such as gradient_cosine.
        watched: How far the watch has come, where there is one; epochs of the state behind those of the training are
            its own.
    """
    header = {
        "schema": SCHEMA,
        "run": run,
        "steps": state.moments.steps,
        "shots": state.shots,
        "calibration_shots": state.calibration.shots,
        "uneven": [layer.uneven for layer in state.calibration.layers],
        "history": [asdict(epoch) for epoch in state.history],
        "chip_state": chip_state,
        "watch": [asdict(event) for event in watched.log] if watched else None,
    }
    tensors = {"adam.mean": state.moments.mean, "adam.square": state.moments.square}
    for index, (phases, layer) in enumerate(zip(state.phases_rad, state.calibration.layers, strict=True), start=1):
        tensors[f"layer{index}.phases_rad"] = phases
        tensors |= {f"layer{index}.calibration.{name}": getattr(layer, name) for name in _ARRAYS}
    for index, matrix in enumerate(watched.memory if watched else (), start=1):
        tensors |= {f"layer{index}.memory.real": np.real(matrix), f"layer{index}.memory.imag": np.imag(matrix)}
    tensors = {name: np.ascontiguousarray(array, dtype=float) for name, array in tensors.items()}
    replace_file(folder / WEIGHTS, save(tensors, {"backlight": json.dumps(header)}))
    replace_file(folder / HISTORY, _table(state, config.epochs, watched.log if watched else ()).encode())
    trained = state.history[: config.epochs]
    last = trained[-1] if trained else None
    told = {
        "schema": SCHEMA,
        "run": run,
        "epochs": len(trained),
        "seed": config.seed,
        "loss": last.loss if last else None,
        "train_accuracy": last.train_accuracy if last else None,
        "test_accuracy": last.test_accuracy if last else None,
        "shots": last.shots if last else state.shots,
        "config": asdict(config),
        **(summary or {}),
    }
    replace_file(folder / SUMMARY, (json.dumps(told, indent=2) + "\n").encode())


def read(folder: Path, *, run: str) -> Checkpoint:
    """The state of a run. CheckpointError where there is none, where it is damaged, or where it is another run's."""
    return read_whole(
        folder,
        run,
        lambda header, tensors: Checkpoint(_state(header, tensors), header["chip_state"], _watched(header, tensors)),
    )


def read_whole[Whole](folder: Path, run: str, build: Callable[[Header, Tensors], Whole]) -> Whole:
    """What `build` makes of the header and the tensors of a run's file of weights, of either architecture."""
    path = folder / WEIGHTS
    if not path.is_file():
        raise CheckpointError(f"{path}: found no such file, expected a checkpoint; train without resuming first")
    try:
        with safe_open(path, framework="numpy") as file:
            header = json.loads((file.metadata() or {})["backlight"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if header["schema"] != SCHEMA:
            raise CheckpointError(f"{path}: found schema {header['schema']}, expected {SCHEMA}; train again")
        if header["run"] != run:
            found = "a checkpoint of another design, data set or setting"
            raise CheckpointError(f"{path}: found {found}, expected this run's; train again, or into another folder")
        return build(header, tensors)
    except (SafetensorError, KeyError, TypeError, ValueError, OSError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(
            f"{path}: found a damaged file ({_line(error)}), expected a checkpoint; train again"
        ) from None


def _state(header: Mapping[str, Any], tensors: Mapping[str, np.ndarray]) -> TrainState:
    layers = tuple(
        LayerCalibration(**{name: tensors[f"layer{k}.calibration.{name}"] for name in _ARRAYS}, uneven=uneven)
        for k, uneven in enumerate(header["uneven"], start=1)
    )
    phases = tuple(tensors[f"layer{k}.phases_rad"] for k in range(1, len(layers) + 1))
    moments = Moments(tensors["adam.mean"], tensors["adam.square"], header["steps"])
    history = tuple(Epoch(**line) for line in header["history"])
    return TrainState(phases, moments, Calibration(layers, header["calibration_shots"]), header["shots"], history)


def _watched(header: Mapping[str, Any], tensors: Mapping[str, np.ndarray]) -> Watched | None:
    if header["watch"] is None:
        return None
    names = [f"layer{k}.memory" for k in range(1, len(header["uneven"]) + 1)]
    memory = tuple(tensors[f"{name}.real"] + 1j * tensors[f"{name}.imag"] for name in names)
    return Watched(tuple(Event(**line) for line in header["watch"]), memory)


def _table(state: TrainState, epochs: int, log: Log) -> str:
    """Lines of the training, then those of the watch; a mend that learns says what its epoch says too."""
    lines: list[dict[str, Any]] = [{"kind": "train"} | asdict(epoch) for epoch in state.history[:epochs]]
    later, shots = iter(state.history[epochs:]), lines[-1]["shots"] if lines else state.shots
    for event in log:
        epoch = asdict(next(later)) if event.kind == EPOCH else {}
        read = {"test_accuracy": event.held_out, "probe_accuracy": event.accuracy, "shots": shots + event.shots}
        lines.append({"kind": event.kind} | epoch | read)
    text = io.StringIO()
    columns = ["kind", *(f.name for f in fields(Epoch)), "probe_accuracy", "schema"]
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(line | {"schema": HISTORY_SCHEMA} for line in lines)
    return text.getvalue()


def replace_file(path: Path, content: bytes) -> None:
    """Write beside, then rename: the file is the old one or the new one, never half of it."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _line(error: Exception) -> str:
    return str(error).replace("\n", " ")[:120]
