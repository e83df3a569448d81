"""A crossbar's run on disk, after every epoch: the files of `chips.checkpoint`, with what R starts go on from.

weights.safetensors   registers, backward banks, slopes, Adam's moments, sweeps; history and the run's hash
training.json         summary of the run so far       training.csv   one line for each epoch and event of the watch
"""

import csv
import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save

from chips.adam import Moments
from chips.checkpoint import HISTORY, HISTORY_SCHEMA, SCHEMA, SUMMARY, WEIGHTS, read_whole, replace_file
from chips.crossbar.calibration import Calibration
from chips.crossbar.pin_sweep import PinCurves
from chips.crossbar.points import Lit
from chips.crossbar.sweep import Curves
from chips.crossbar.train import Epoch, TrainConfig, TrainState
from chips.watch import Event, Log
from compiler.crossbar_tables import CrossbarTables
from compiler.network import Design

_CURVES = {"mzi": Curves, "pin": PinCurves}
COLUMNS = ("kind", "epoch", "loss", "train_accuracy", "test_accuracy", "shots", "learning_rate_rad", "probe_accuracy")


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """What was read back."""

    state: TrainState
    chip_state: Any
    """What the chip's owner gave to keep (JSON)."""
    log: Log = ()
    """Of the watch behind the training; empty before it began."""


def run_hash(design: Design, tables: CrossbarTables, data: Lit, config: TrainConfig, more: Any = None) -> str:
    """Identity of a run: design, circuit, data, hyper-parameters, and anything else that JSON holds."""
    digest = hashlib.sha256()
    said = {"network": asdict(design.network), "chip": asdict(design.chip), "config": asdict(config), "more": more}
    digest.update(json.dumps(said, sort_keys=True).encode())
    for bank in tables.banks:
        digest.update("\n".join((bank.name, *(cell for row in bank.cells for cell in row))).encode())
    for part in (data.train_x, data.train_t, data.train_y, data.test_x, data.test_t, data.test_y):
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()


def write(
    folder: Path,
    state: TrainState,
    kept: int,
    *,
    run: str,
    config: TrainConfig,
    chip_state: Any = None,
    summary: Mapping[str, Any] | None = None,
    log: Log = (),
) -> None:
    """Write the three files.

    Args:
        folder: Exists.
        state: As `train` gives it to `on_epoch`.
        kept: The start that the summary and the history tell of.
        run: `run_hash` of the run.
        config: Hyper-parameters, for the summary.
        chip_state: Anything that JSON holds; read back as it is.
        summary: More entries for training.json.
        log: Of the watch behind the training, as far as it has come.

    """
    header = {
        "schema": SCHEMA,
        "run": run,
        "steps": state.moments.steps,
        "shots": state.shots,
        "calibration_shots": state.calibration.shots,
        "curves": next(name for name, kind in _CURVES.items() if isinstance(_any_curves(state), kind)),
        "banks": {"forward": list(state.registers), "backward": list(state.backward)},
        "history": [_epoch_as_json(epoch) for epoch in state.history],
        "chip_state": chip_state,
        "watch": [asdict(event) for event in log],
    }
    replace_file(folder / WEIGHTS, save(_tensors(state), {"backlight": json.dumps(header)}))
    lines = history_lines(state, kept, log)
    replace_file(folder / HISTORY, _table(lines).encode())
    last = state.history[-1] if state.history else None
    told = {
        "schema": SCHEMA,
        "run": run,
        "epochs": state.epoch,
        "seed": config.seed,
        "loss": float(last.loss[kept]) if last else None,
        "train_accuracy": _number(last.train_accuracy[kept]) if last else None,
        "test_accuracy": _number(last.test_accuracy[kept]) if last else None,
        "shots": state.shots * _runs(state),
        "config": asdict(config),
        **(summary or {}),
    }
    replace_file(folder / SUMMARY, (json.dumps(told, indent=2) + "\n").encode())


def read(folder: Path, *, run: str) -> Checkpoint:
    """The state of a run. CheckpointError where there is none, where it is damaged, or where it is another run's."""
    return read_whole(
        folder,
        run,
        lambda header, tensors: Checkpoint(
            _state(header, tensors), header["chip_state"], tuple(Event(**line) for line in header["watch"])
        ),
    )


def history_lines(state: TrainState, kept: int, log: Log) -> list[dict[str, Any]]:
    """Lines of training.csv: epochs of the kept start, then events of the watch."""
    runs = _runs(state)
    lines: list[dict[str, Any]] = [
        {
            "kind": "train",
            "epoch": epoch.epoch,
            "loss": float(epoch.loss[kept]),
            "train_accuracy": _number(epoch.train_accuracy[kept]),
            "test_accuracy": _number(epoch.test_accuracy[kept]),
            "shots": epoch.shots * runs,
            "learning_rate_rad": epoch.learning_rate_rad,
        }
        for epoch in state.history
    ]
    for event in log:
        shots = state.shots * runs + event.shots
        read = {"test_accuracy": event.held_out, "probe_accuracy": event.accuracy, "shots": shots}
        lines.append({"kind": event.kind} | read)
    return lines


def _tensors(state: TrainState) -> dict[str, np.ndarray]:
    tensors = {"adam.mean": state.moments.mean, "adam.square": state.moments.square}
    for group in ("registers", "backward", "slopes"):
        tensors |= {f"{group}.{name}": drives for name, drives in getattr(state, group).items()}
    for name, curves in state.calibration.curves.items():
        tensors |= {f"curves.{key}.{name}": values for key, values in vars(curves).items()}
    tensors |= {f"monitors.{name}": values for name, values in state.calibration.monitors.items()}
    return {name: np.ascontiguousarray(array, dtype=float) for name, array in tensors.items()}


def _state(header: Mapping[str, Any], tensors: Mapping[str, np.ndarray]) -> TrainState:
    forward, backward = header["banks"]["forward"], header["banks"]["backward"]
    kind = _CURVES[header["curves"]]
    names = [f.name for f in fields(kind)]
    curves = {name: kind(**{key: tensors[f"curves.{key}.{name}"] for key in names}) for name in (*forward, *backward)}
    monitors = {name: tensors[f"monitors.{name}"] for name in curves}
    return TrainState(
        registers={name: tensors[f"registers.{name}"] for name in forward},
        backward={name: tensors[f"backward.{name}"] for name in backward},
        slopes={name: tensors[f"slopes.{name}"] for name in forward},
        moments=replace(
            Moments.zero(1), mean=tensors["adam.mean"], square=tensors["adam.square"], steps=header["steps"]
        ),
        calibration=Calibration(curves, monitors, header["calibration_shots"]),
        shots=header["shots"],
        history=tuple(_epoch_of_json(line) for line in header["history"]),
    )


def _any_curves(state: TrainState) -> Curves | PinCurves:
    return next(iter(state.calibration.curves.values()))


def _epoch_as_json(epoch: Epoch) -> dict[str, Any]:
    arrays = ("loss", "train_accuracy", "test_accuracy")
    return {**asdict(epoch), **{name: [_number(v) for v in getattr(epoch, name)] for name in arrays}}


def _epoch_of_json(line: Mapping[str, Any]) -> Epoch:
    arrays = {name: np.array(line[name], dtype=float) for name in ("loss", "train_accuracy", "test_accuracy")}
    return Epoch(**{**line, **arrays})


def _number(value: float) -> float | None:
    """JSON has no NaN."""
    return None if np.isnan(value) else float(value)


def _runs(state: TrainState) -> int:
    return len(state.moments.mean)


def _table(lines: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, [*COLUMNS, "schema"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(line | {"schema": HISTORY_SCHEMA} for line in lines)
    return text.getvalue()
