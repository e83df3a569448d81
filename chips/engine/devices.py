"""The devices of a netlist and their models: all kinds called once, and devices with settings of their own beside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from chips.engine.values import Job, Kind, evaluate, is_traced, jobs_for, require_settings, stack
from chips.engine.waves import Pair
from chips.settings import Settings
from compiler.netlist import Flat
from pdk.contract import Model

Columns = Mapping[str, tuple[Sequence[str], Mapping[str, Any]]]
"""Component to paths of n of its devices, and to settings (…, n) for them."""

Structure = tuple[tuple[str, tuple[str, ...]], ...]
"""Instance paths and the names of the settings that each of them is given."""

Found = list[tuple[Job, dict[Pair, Any]]]
"""Jobs and their amplitudes {(port in, port out): (…, n)}."""


@dataclass(frozen=True, eq=False)
class Devices:
    """The devices of a netlist that have models."""

    flat: Flat
    models: Mapping[str, Model]
    kinds: Mapping[str, Kind]
    """By instance path."""

    @cached_property
    def jobs(self) -> list[Job]:
        """One member for each kind."""
        return jobs_for([(kind, kind, ()) for kind in dict.fromkeys(self.kinds.values())], self.models)

    def own_jobs(self, structure: Structure) -> list[Job]:
        """One member for each path that is given settings."""
        return jobs_for([(path, self.kinds[path], keys) for path, keys in structure], self.models)

    def evaluate(self, wl_um: Any, settings: Settings, columns: Columns) -> Found:
        """All kinds, then all devices with settings of their own."""
        own = self.own_jobs(structure_of(settings, columns))
        places = {component: {path: k for k, path in enumerate(paths)} for component, (paths, _) in columns.items()}

        def given(job: Job) -> dict[str, Any]:
            keys = [key for key in job.call.keys if key not in job.fixed]
            place = places.get(job.call.component, {})
            if job.members[0] in place:
                at = np.array([place[path] for path in job.members])
                return {key: columns[job.call.component][1][key][..., at] for key in keys}
            return {key: stack([settings[path][key] for path in job.members]) for key in keys}

        found: Found = list(zip(self.jobs, evaluate(self.jobs, wl_um, lambda job: {}), strict=True))
        return found + list(zip(own, evaluate(own, wl_um, given), strict=True))

    def require_settings(self, settings: Settings) -> None:
        """ValueError where settings name what is no device, or what its model does not take."""
        for path, own in settings.items():
            if path not in self.flat.leaves:
                raise ValueError(f"settings: found {path}, expected the path of a device of the netlist")
            component = self.flat.leaves[path].component
            if component not in self.models:
                raise ValueError(f"{path}: found settings, expected a model of {component} that takes them")
            require_settings(path, component, self.models[component], own)
            for name, value in own.items():
                if isinstance(value, str):
                    raise ValueError(
                        f"{path}, setting {name}: found {value!r}, expected a number: the netlist has texts"
                    )


def structure_of(settings: Settings, columns: Columns) -> Structure:
    """Who is given which settings."""
    named = [(path, tuple(own)) for path, own in settings.items() if own]
    return (*named, *((path, tuple(own)) for paths, own in columns.values() for path in paths))


def require_wavelengths(wl_um: Any, range_um: tuple[float, float] | None) -> None:
    """ValueError where wavelengths are not finite, not positive, out of range, or of more than one axis."""
    if np.ndim(wl_um) > 1:
        raise ValueError(f"wl_um: found the shape {np.shape(wl_um)}, expected one wavelength or (W,)")
    if is_traced(wl_um):
        return
    low, high = range_um or (0.0, np.inf)
    for value in np.atleast_1d(wl_um):
        if not (np.isfinite(value) and value > 0 and low <= value <= high):
            expected = f"{low} to {high} µm, where the models hold" if range_um else "positive finite wavelengths in µm"
            raise ValueError(f"wl_um: found {float(value)}, expected {expected}")
