"""A folder that a foundry's package has drawn is verified, simulated and trained where that package is not."""

import subprocess
import sys

import pytest

from pdk import registry

SPEC = """\
name: small
network: {inputs: 2, layers: [{outputs: 2}]}
chip: {ports: 2, bias: none}
train: {data: moons, epochs: 1}
"""
HIDDEN = """\
import sys
from importlib.machinery import PathFinder
from importlib.util import find_spec

gone = {"cspdk", "lnoi400", "siepic_ebeam_pdk", "gdsfactory", "kfactory"}


class Without(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] in gone else super().find_spec(name, path, target)


sys.meta_path = [Without if finder is PathFinder else finder for finder in sys.meta_path]
assert not any(find_spec(name) for name in gone)
from backlight.cli import run

out, again, *verbs = sys.argv[1:]
for verb in verbs:
    print(verb, run([verb, out]))
print("compile", run(["compile", f"{out}/spec.yml", "-o", again]))
"""


VERBS = {
    "cornerstone-si220": ("verify", "train"),
    "luxtelligence-lnoi400": ("train",),
    "siepic-ebeam": ("simulate", "train"),
}
"""`train` reads the layout back and opens the models, as all of them do; every verb once is enough."""


@pytest.mark.parametrize("name", VERBS)
def test_only_drawing_needs_the_foundrys_package(name, backlight, tmp_path):
    pdk = registry.get(name)
    if not registry.is_installed(pdk):
        pytest.skip(f"drawing needs {pdk.package}: pip install backlight[{pdk.extra}]")
    spec, out = tmp_path / "small.yml", tmp_path / "out"
    spec.write_text(SPEC)
    assert backlight("compile", spec, "--pdk", name, "-o", out) == 0
    command = [sys.executable, "-c", HIDDEN, str(out), str(tmp_path / "again"), *VERBS[name]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = done.stdout.splitlines()
    for line in (*(f"{verb} 0" for verb in VERBS[name]), "compile 2"):
        assert line in said, done.stderr
    assert f"pip install 'backlight[{pdk.extra}]'" in done.stderr
    assert not (tmp_path / "again").exists()
