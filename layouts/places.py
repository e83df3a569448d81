"""Where the devices that differ from chip to chip are: couplers, phase shifters, attenuators and photodiodes."""

import numpy as np

from compiler.places import Places
from layouts.devices import devices
from layouts.extract import Extraction
from pdk.contract import Pdk, Role

VARIED = (Role.SPLITTER_2X2, Role.SPLITTER_1X2, Role.COUPLER, Role.PHASE_SHIFTER, Role.ATTENUATOR, Role.PHOTODIODE)


def places(extraction: Extraction, pdk: Pdk) -> Places:
    """The places of all devices of those roles, by path."""
    wanted = {name for name in extraction.shapes if pdk.role_of(name) in VARIED}
    found = devices(extraction.netlist, extraction.places, lambda _, component: component in wanted)
    at = sorted((device.path, device.at.x_nm, device.at.y_nm) for device in found)
    at_mm = np.array([(x_nm, y_nm) for _, x_nm, y_nm in at], dtype=float).reshape(-1, 2) / 1e6
    return Places(tuple(path for path, _, _ in at), at_mm)
