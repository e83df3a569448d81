"""The same design gives the same bytes: in another process, and whatever this process drew before."""

import hashlib
import subprocess
import sys
from importlib.util import find_spec

import pytest

from compiler.compile import build
from layouts.contact import contact
from layouts.emit import emit
from layouts.place import place
from layouts.route import route

SCRIPT = """
import sys
from pathlib import Path
from compiler.compile import build
from layouts.contact import contact
from layouts.emit import emit
from layouts.place import place
from layouts.route import route
from pdk import registry
pdk = registry.get("generic")
emit(route(contact(place(build(pdk, ports=4, layers=2), pdk), pdk), pdk), pdk, Path(sys.argv[1]))
"""

GOLDEN = {
    (4, 2, "unitary"): "9d8cca6b4fcc1cb58b08cf5c85234998cc9ff91e97be6a42e4a7eeff6b4f7b02",
    (4, 1, "svd"): "c8ff1e516a2230013cb1cb8e646ad4292c5a7c9b8d383262477f2cb4d0bc03fa",
}
"""SHA-256 of the GDS. A change of geometry changes it on purpose: look at the layout, then write the new one here."""


def test_golden_hash(drawn):
    measured = {key: hashlib.sha256(drawn(*key).path.read_bytes()).hexdigest() for key in GOLDEN}
    assert measured == GOLDEN


def test_another_process(drawn, tmp_path):
    path = tmp_path / "other.gds"
    subprocess.run([sys.executable, "-c", SCRIPT, str(path)], check=True, timeout=120)
    assert path.read_bytes() == drawn(4, 2).path.read_bytes()


def test_another_history(drawn, pdk, tmp_path):
    """Other cells built first, through gdsfactory and through us, change nothing."""
    import gdsfactory

    gdsfactory.components.mzi(delta_length=17.3)
    gdsfactory.components.straight(length=3.21)
    emit(
        route(contact(place(build(pdk, ports=6, layers=1, linear="svd"), pdk), pdk), pdk), pdk, tmp_path / "before.gds"
    )
    emit(route(contact(place(build(pdk, ports=4, layers=2), pdk), pdk), pdk), pdk, tmp_path / "after.gds")
    assert (tmp_path / "after.gds").read_bytes() == drawn(4, 2).path.read_bytes()


@pytest.mark.parametrize("packages", [("lnoi400", "cspdk"), ("cspdk", "lnoi400")])
def test_after_other_foundries(drawn, tmp_path, packages):
    """gdsfactory has one memory of cells and one table of layers for all: what foundries draw first changes nothing."""
    if any(find_spec(package) is None for package in packages):
        pytest.skip(f"{' and '.join(packages)} draw the others")
    path, names = tmp_path / "after.gds", {"lnoi400": "luxtelligence-lnoi400", "cspdk": "cornerstone-si220"}
    first = "from pdk import registry\n" + "".join(
        f"p = registry.get({names[package]!r}); p.build(p.roles['phase_shifter'])\n" for package in packages
    )
    subprocess.run([sys.executable, "-c", first + SCRIPT, str(path)], check=True, timeout=240)
    assert path.read_bytes() == drawn(4, 2).path.read_bytes()
