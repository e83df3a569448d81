"""The models: on the ports that the cells have, passive, reciprocal, as symmetric as the devices claim, in batches."""

import inspect
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from pdk.conform.frames import optical
from pdk.conform.statement import CENTRE_UM
from pdk.contract import Model, Pdk, Role
from pdk.finding import Finding

if TYPE_CHECKING:
    import numpy as np

RANGES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "length_nm": (1, 1e6),
        "imbalance_rad": (-0.8, 0.8),
        "coupling": (0.0, 1.0),
        "phase_rad": (-10.0, 10.0),
        "loss_db": (0.0, 3.0),
        "amplitude": (-1.0, 1.0),
        "transmission": (0.0, 1.0),
        "crosstalk": (0.0, 0.25),
        "reflection": (0.0, 1.0),
    }
)
"""Settings that programs, twins and studies of variation use, and what they may be; others stay at their defaults."""

SETTINGS: Mapping[Role, tuple[str, ...]] = MappingProxyType(
    {
        Role.STRAIGHT: ("length_nm",),
        Role.SPLITTER_2X2: ("imbalance_rad",),
        Role.SPLITTER_1X2: ("imbalance_rad",),
        Role.PHASE_SHIFTER: ("phase_rad",),
        Role.MODULATOR: ("amplitude",),
        Role.ATTENUATOR: ("transmission",),
    }
)
"""Settings that a role's model has to take: chips are programmed and drawn by them."""

QUARTER = (Role.SPLITTER_2X2, Role.COUPLER, Role.TAP, Role.BALANCE_TAP)
"""Couplers: what crosses (o1 to o3) is a quarter of a wave ahead of what stays (o1 to o4)."""
QUARTER_SLACK_RAD = 0.1
TOLERANCE = 1e-9


def models(pdk: Pdk) -> Iterator[Finding]:
    """Every model that is missing or does not keep its word. Opens JAX."""
    straight = pdk.roles.get(Role.STRAIGHT, "straight")
    ports = {straight: ["o1", "o2"]}
    ports |= {name: [port.name for port in optical(device)] for name, device in pdk.devices.items()}
    try:
        found = pdk.models()
    except Exception as error:
        yield Finding(f"{pdk.name} models", "model", _said(error), "a model for each cell", "mend what opens them")
        return
    for name, names in ports.items():
        place = f"{pdk.name} model {name}"
        if not names:
            continue
        if name not in found:
            yield Finding(place, "model", "none", "a model: light passes the cell", "add one, pdk.kit.models has some")
            continue
        try:
            findings = list(_model(pdk, name, names, found[name], place))
        except Exception as error:
            yield Finding(place, "model", _said(error), "an S-matrix", "mend the model")
        else:
            yield from findings


def _model(pdk: Pdk, name: str, ports: list[str], model: Model, place: str) -> Iterator[Finding]:
    import numpy as np

    low, high = pdk.wavelength_range_um
    wl = np.linspace(low, high, 5)
    parameters = inspect.signature(model).parameters
    settings = [setting for setting in parameters if setting in RANGES]
    role = pdk.role_of(name)
    for setting in SETTINGS.get(role, ()) if role else ():
        if setting not in settings:
            limit = f"a setting {setting} ({role})"
            yield Finding(place, "setting", ", ".join(parameters) or "none", limit, "chips are set by it: add it")
    said = {port for pair in model() for port in pair}
    if said != set(ports):
        yield Finding(place, "ports", ", ".join(sorted(said)), ", ".join(ports), "the cell's own ports")
        return
    values = {setting: np.linspace(*RANGES[setting], 7)[:, None] for setting in settings}
    whole = {pair: np.asarray(value) for pair, value in model(wl=wl, **values).items()}
    shape = (7, 5) if values else (5,)
    if any(value.shape != shape for value in whole.values()):
        found = ", ".join(sorted({str(value.shape) for value in whole.values()}))
        yield Finding(place, "batch", found, f"{shape}", "let settings and wavelengths broadcast (pdk.kit.sdict)")
        return
    single = sorted({str(value.dtype) for value in whole.values()} - {"complex128"})
    if single:
        yield Finding(place, "precision", ", ".join(single), "complex128", "take jnp from pdk.light")
    for k in range(7 if values else 1):
        one = model(wl=wl[3], **{setting: float(value[k, 0]) for setting, value in values.items()})
        batch = {pair: value[k, 3] if values else value[3] for pair, value in whole.items()}
        if any(abs(complex(one[pair]) - batch[pair]) > TOLERANCE for pair in batch):
            yield Finding(place, "batch", "other values in a batch than alone", "the same", "mend the model")
            break
    yield from _lawful(_matrix(whole, ports, shape), place)
    yield from _symmetric(pdk, name, ports, model, wl, place)
    if role in QUARTER:
        s = model(wl=CENTRE_UM)
        ahead = float(np.angle(complex(s["o1", "o3"]) / complex(s["o1", "o4"])))
        if abs(ahead - np.pi / 2) > QUARTER_SLACK_RAD:
            limit = "a quarter of a wave, 1.571 rad ahead of o1 to o4"
            yield Finding(place, "quarter", f"o1 to o3 {ahead:.3f} rad ahead", limit, "as 1/sqrt(2) [[1, i], [i, 1]]")


def _lawful(s: "np.ndarray", place: str) -> Iterator[Finding]:
    """Finite, double, reciprocal, passive: `s` (..., port out, port in)."""
    import numpy as np

    if not np.isfinite(s).all():
        yield Finding(place, "finite", "values that are not finite", "finite ones", "mend the model")
        return
    uneven = float(np.abs(s - np.swapaxes(s, -1, -2)).max())
    if uneven > TOLERANCE:
        yield Finding(place, "reciprocal", f"S differs from its transpose by {uneven:.2g}", "0", "pdk.kit.sdict")
    most = float(np.linalg.norm(s, 2, axis=(-2, -1)).max())
    if most > 1 + TOLERANCE:
        yield Finding(place, "passive", f"{most**2:.6f} of the light", "at most all of it", "mend its loss")


def _symmetric(pdk: Pdk, name: str, ports: list[str], model: Model, wl: "np.ndarray", place: str) -> Iterator[Finding]:
    """Under each permutation that the device claims the S-matrix stays as it is, at the nominal settings."""
    import numpy as np

    nominal = {pair: np.asarray(value) for pair, value in model(wl=wl).items()}
    s = _matrix(nominal, ports, wl.shape)
    for symmetry in pdk.devices[name].symmetries if name in pdk.devices else ():
        order = [ports.index(symmetry.get(port, port)) for port in ports]
        apart = float(np.abs(s[..., order, :][..., order] - s).max())
        if apart > TOLERANCE:
            said = ", ".join(f"{a} for {b}" for a, b in symmetry.items())
            found = f"S that differs by {apart:.2g} with {said}"
            yield Finding(place, "symmetry", found, "the same S", "leave the symmetry out of the table")


def _matrix(sdict: "Mapping[tuple[str, str], np.ndarray]", ports: list[str], shape: tuple[int, ...]) -> "np.ndarray":
    """S (..., port out, port in)."""
    import numpy as np

    s = np.zeros((*shape, len(ports), len(ports)), complex)
    for (a, b), value in sdict.items():
        s[..., ports.index(b), ports.index(a)] = value
    return s


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]
