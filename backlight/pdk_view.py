"""Foundries as rows and lines of words for the terminal, and as JSON."""

from dataclasses import asdict
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from pdk.contract import Role
from pdk.registry import is_installed

if TYPE_CHECKING:
    from pdk.contract import Device, Pdk

WIDTH = 100
"""Columns of text."""

Rows = list[tuple[str, ...]]

PROCESSES = ("process", "version", "package", "phases set by", "light read by", "metals", "roles")
DEVICES = ("device", "role", "width um", "height um", "guide um", "ports")
NUMBERS = ("number", "value", "source")


def process(pdk: "Pdk") -> tuple[str, ...]:
    """A foundry in one row."""
    played = sum(1 for role in Role if role in pdk.roles and role not in pdk.missing)
    state = "here" if is_installed(pdk) else f"[{pdk.extra}]"
    return (
        pdk.name,
        pdk.version,
        state,
        drive(pdk),
        read_out(pdk),
        ", ".join(metal.name for metal in pdk.metals),
        f"{played} of {len(Role)}",
    )


def drive(pdk: "Pdk") -> str:
    """What phase shifters are set by."""
    if Role.PHASE_SHIFTER not in pdk.roles:
        return "nothing"
    kind = {"thermo-optic": "heat", "electro-optic": "voltage"}[pdk.drive.kind]
    return f"{kind}, {pdk.drive.per_pi:.3g} {pdk.drive.unit} for pi"


def read_out(pdk: "Pdk") -> str:
    """What photocurrents come from."""
    if pdk.camera:
        return "camera above"
    return "photodiodes" if Role.PHOTODIODE in pdk.roles else "nothing"


def dies(pdk: "Pdk") -> str:
    """What sizes of die one can buy."""
    if pdk.dies_nm:
        return ", ".join(f"{width / 1e6:g} x {height / 1e6:g} mm" for width, height in pdk.dies_nm)
    return f"any up to {pdk.value('reticle_short_mm'):g} x {pdk.value('reticle_long_mm'):g} mm"


def stand_ins(pdk: "Pdk") -> dict[Role, str]:
    """Roles that another cell stands in for, and what that means."""
    return {role: f"{pdk.roles[role]}: {why}" for role, why in pdk.missing.items() if role in pdk.roles}


def lacks(pdk: "Pdk") -> dict[Role, str]:
    """Roles that cannot be had, and what that means."""
    return {role: why for role, why in pdk.missing.items() if role not in pdk.roles}


def story(pdk: "Pdk") -> list[str]:
    """What there is to know of a foundry before one uses it, in lines."""
    lines = wrap(f"{pdk.name}: {pdk.about}", WIDTH, subsequent_indent="  ")
    lines += said("licence", pdk.licence)
    if pdk.package:
        have = "which is here" if is_installed(pdk) else f"pip install 'backlight[{pdk.extra}]' brings it"
        lines += said("drawn by", f"the package {pdk.package}, {have}; reading, simulating, training do without")
    lines += said("dies", dies(pdk))
    if pdk.submission.checks:
        lines += said("checks", f"of the foundry: {', '.join(pdk.submission.checks)}")
    for role, text in stand_ins(pdk).items():
        lines += said("stands in", f"for {role}: {text}")
    for role, text in lacks(pdk).items():
        lines += said("lacks", f"{role}: {text}")
    return lines


def said(head: str, text: str) -> list[str]:
    """A named text, wrapped behind its name."""
    return [f"  {head if k == 0 else '':<10} {line}" for k, line in enumerate(wrap(text, WIDTH - 13) or [""])]


def devices(pdk: "Pdk") -> Rows:
    """Every fixed cell: what it is for, its size, how many ports it has."""
    return [(d.name, d.role.value, *_size(d), f"{d.path_nm / 1000:g}", _ports(d)) for d in pdk.devices.values()]


def numbers(pdk: "Pdk") -> Rows:
    """Every number with its source, the source wrapped."""
    heads = [(name, f"{number.value:g} {number.unit}".removesuffix(" 1")) for name, number in pdk.numbers.items()]
    left = WIDTH - 6 - max((len(name) for name, _ in heads), default=0) - max((len(v) for _, v in heads), default=0)
    rows: Rows = []
    for (name, value), number in zip(heads, pdk.numbers.values(), strict=True):
        lines = wrap(number.source, max(30, left)) or [""]
        rows += [(name if k == 0 else "", value if k == 0 else "", line) for k, line in enumerate(lines)]
    return rows


def as_dict(pdk: "Pdk", *, whole: bool) -> dict[str, Any]:
    """A foundry as JSON; `whole`: with its devices and numbers."""
    told: dict[str, Any] = {
        "name": pdk.name,
        "version": pdk.version,
        "about": pdk.about,
        "licence": pdk.licence,
        "package": pdk.package,
        "extra": pdk.extra,
        "installed": is_installed(pdk),
        "drive": asdict(pdk.drive) | {"limit": pdk.drive.limit} if Role.PHASE_SHIFTER in pdk.roles else None,
        "camera": pdk.camera,
        "metals": [metal.name for metal in pdk.metals],
        "dies_mm": [[width / 1e6, height / 1e6] for width, height in pdk.dies_nm],
        "roles": {role.value: pdk.roles[role] for role in Role if role in pdk.roles and role not in pdk.missing},
        "stand_ins": stand_ins(pdk),
        "lacks": lacks(pdk),
        "checks": list(pdk.submission.checks),
        "needs": list(pdk.submission.needs),
    }
    if whole:
        told["devices"] = {name: asdict(device) for name, device in pdk.devices.items()}
        told["numbers"] = {name: asdict(number) for name, number in pdk.numbers.items()}
    return told


def _size(device: "Device") -> tuple[str, str]:
    left, bottom, right, top = device.bbox_nm
    return f"{(right - left) / 1000:g}", f"{(top - bottom) / 1000:g}"


def _ports(device: "Device") -> str:
    return " ".join(port.name for port in device.ports)
