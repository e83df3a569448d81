"""A foundry that another package brings: found by its entry point, conformant, compiled for and verified."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from backlight.files import SPEC

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "pdk"

TINY = """\
name: tiny
network: {inputs: 1, layers: [{outputs: 2}]}
chip: {ports: 2}
train: {data: xor, epochs: 1}
"""

COMMANDS = """\
import sys
from backlight.cli import run
for line in sys.argv[1:]:
    print(f"> {line}", flush=True)
    print(run(line.split()), flush=True)
"""


@pytest.fixture
def with_acme(tmp_path):
    """An environment in which the example is installed, as pip would: its package, and what it offers beside it."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    site = tmp_path / "site"
    shutil.copytree(EXAMPLE / "acme_pdk", site / "acme_pdk")
    info = site / f"acme_pdk-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    offers = project["entry-points"]["backlight.pdks"]
    points = "\n".join(f"{name} = {value}" for name, value in offers.items())
    (info / "entry_points.txt").write_text(f"[backlight.pdks]\n{points}\n")
    (tmp_path / "tiny.yml").write_text(TINY)
    return {**os.environ, "PYTHONPATH": os.pathsep.join((str(site), str(ROOT)))}


def test_it_is_found_conforms_compiles_and_is_verified(with_acme, tmp_path) -> None:
    lines = (
        "pdks",
        "pdks acme --check",
        "compile tiny.yml --pdk acme -o out",
        "verify out",
        "compile tiny.yml --pdk acmee -o other",
    )
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS, *lines], cwd=tmp_path, env=with_acme, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    said = dict(part.split("\n", 1) for part in done.stdout.split("> ")[1:])
    assert "\n  acme " in said["pdks"] and "heat, 18 mW for pi" in said["pdks"]
    assert "acme: keeps the contract\n0\n" in said["pdks acme --check"]
    assert said[lines[2]].endswith("um2 per weight\n0\n")
    assert "pdk: acme" in (tmp_path / "out" / SPEC).read_text()
    assert "ok  s_matrix" in said["verify out"] and said["verify out"].endswith("all checks hold\n0\n")
    assert said[lines[4]] == "2\n" and "did you mean 'acme'?" in done.stderr


def test_the_example_is_short_and_the_manual_quotes_it_as_it_is() -> None:
    files = [EXAMPLE / "pyproject.toml", *sorted((EXAMPLE / "acme_pdk").glob("*.py"))]
    assert sum(len(path.read_text().splitlines()) for path in files) < 150
    manual = (ROOT / "docs" / "pdk.md").read_text()
    for path in files:
        if path.name != "__init__.py":
            assert path.read_text() in manual, f"docs/pdk.md quotes another {path.name}"
