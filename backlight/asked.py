"""What a training run is set to: as asked for on the command line, or as the run that is resumed."""

from dataclasses import dataclass, fields, replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backlight import files
from backlight.refusal import Refusal

if TYPE_CHECKING:
    from chips.variation import Imperfections

AGAIN = "train without --resume"
MAY_COME_LATER = {"drift", "drift_steps"}
"""What a run that had none may be asked for when it is resumed: time passes behind the training."""


@dataclass(frozen=True)
class Asked:
    """The options of `backlight train`; None where nothing was asked for."""

    seed: int | None = None
    epochs: int | None = None
    ideal: bool | None = None
    gradient: str | None = None
    drift: float | None = None
    """Random walk of every phase in rad, for each step of time behind the training."""
    drift_steps: int | None = None
    variation: dict[str, Any] | None = None
    """What differs from the usual imperfections, field by field; None: nothing."""

    @property
    def imperfections(self) -> "Imperfections":
        """Those that the chip is drawn with."""
        from chips.variation import Imperfections

        return Imperfections.ideal() if self.ideal else Imperfections(**(self.variation or {}))


def read_variation(path: Path | None) -> dict[str, Any] | None:
    """What a file of `--variation` changes. SpecError, in one line, for one that cannot be read."""
    from chips.variation import Imperfections

    return None if path is None else Imperfections.from_file(path).changes or None


def settle(path: Path, asked: Asked, resume: bool) -> Asked:
    """What a run in a folder is set to. Refusal where there is nothing to resume, or where it was set otherwise."""
    if asked.drift is not None and not isfinite(asked.drift):
        raise Refusal("--drift", str(asked.drift), "a number of radians")
    if not resume:
        return _complete(asked)
    if not (path / files.WEIGHTS).exists():
        raise Refusal(path, "no training to resume", f"{files.WEIGHTS} of an earlier run", AGAIN)
    told = files.read_json(path / files.TRAINING, AGAIN)
    try:
        before = _before(told)
    except (KeyError, TypeError, ValueError) as error:
        raise Refusal(path / files.TRAINING, f"a damaged summary ({error!r})", "one of this program's", AGAIN) from None
    for name in (f.name for f in fields(Asked)):
        value, was = getattr(asked, name), getattr(before, name)
        if was is None and name in MAY_COME_LATER:
            before = replace(before, **{name: value})
        elif value is not None and value != was:
            raise Refusal(path, f"a run with {name} {was}", f"{name} {value}, as asked for now", AGAIN)
    return _complete(before)


def _complete(asked: Asked) -> Asked:
    if asked.drift is None and (asked.variation or {}).get("drift_rad"):
        asked = replace(asked, drift=float((asked.variation or {})["drift_rad"]))
    if asked.drift_steps is not None and asked.drift is None:
        raise Refusal("--drift-steps", "no --drift", "how far phases drift in each step", "add --drift RAD")
    if asked.variation is not None and asked.ideal:
        raise Refusal("--variation", "--ideal beside it", "one of them", "leave one out")
    return asked


def _before(told: dict[str, Any]) -> Asked:
    drift = told.get("drift") or {}
    return Asked(
        seed=int(told["config"]["seed"]),
        epochs=int(told["config"]["epochs"]),
        ideal=told["chip"] == "ideal",
        gradient=str(told["gradient"]),
        drift=float(drift["step_rad"]) if drift else None,
        drift_steps=int(drift["steps"]) if drift else None,
        variation=dict(told["variation"]) if told.get("variation") else None,
    )
