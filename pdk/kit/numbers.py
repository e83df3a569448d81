"""Numbers by where they are from: the name of each says its unit."""

from collections.abc import Mapping
from types import MappingProxyType

from pdk.contract import Number

UNITS: Mapping[str, str] = MappingProxyType(
    {
        "_db": "dB",
        "_db_per_cm": "dB/cm",
        "_rad": "rad",
        "_nm": "nm",
        "_um": "um",
        "_mm": "mm",
        "_um2": "um2",
        "_cm2": "cm2",
        "_per_um": "1/um",
        "_v": "V",
        "_v_cm": "V cm",
        "_mw": "mW",
        "_ma": "mA",
        "_na": "nA",
        "_ohm": "ohm",
        "_pf": "pF",
        "_ff": "fF",
        "_pj": "pJ",
        "_hz": "Hz",
        "_khz": "kHz",
        "_mhz": "MHz",
        "_ghz": "GHz",
        "_ns": "ns",
        "_us": "us",
        "_per_k": "1/K",
        "_w_per_m_k": "W/(m K)",
        "_a_per_w": "A/W",
        "_cm_per_gw": "cm/GW",
    }
)
"""Endings of names, and the unit that each means; a name without one is a pure number, unit 1."""


def unit_of(name: str) -> str:
    """The unit that the name of a number says."""
    ending = max((end for end in UNITS if name.endswith(end)), key=len, default=None)
    return UNITS[ending] if ending else "1"


def by_source(sources: Mapping[str, Mapping[str, float]]) -> Mapping[str, Number]:
    """Numbers that are written down source by source: `{"design manual, table 3": {"bend_loss_db": 0.01}}`."""
    return MappingProxyType(
        {name: Number(value, unit_of(name), source) for source, of in sources.items() for name, value in of.items()}
    )
