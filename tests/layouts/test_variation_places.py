"""Places of devices as the GDS has them."""

import numpy as np

from layouts.extract import extract
from layouts.places import VARIED, places
from layouts.thermal import heaters


def test_every_device_that_varies_has_a_place(drawn, pdk):
    """Those of the netlist, each once; phase shifters stand where their heaters are."""
    extraction = extract(drawn(4, 1).path, pdk)
    found = places(extraction, pdk)
    leaves = extraction.netlist.flat.leaves
    assert set(found.paths) == {name for name, leaf in leaves.items() if pdk.role_of(leaf.component) in VARIED}
    assert len(found.paths) == len(set(found.paths)) == len(found.at_mm)
    names, ends_nm = heaters(extraction)
    apart_mm = np.linalg.norm(found.of(names) - ends_nm.mean(axis=1) / 1e6, axis=1)
    assert apart_mm.max() < 0.15
    assert np.ptp(found.at_mm, axis=0).min() > 0.3
