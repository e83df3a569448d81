"""Makes the environments that the peers run in: one per peer, by uv, from the package index.

    python benchmarks/environments.py                 all of them
    python benchmarks/environments.py simphox         some
    python benchmarks/environments.py --envs FOLDER   elsewhere than the user's cache folder

One that is there already, made by the same recipe, is used again. A peer that cannot be installed stops no other.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PYTHON = "3.11"
"""All peers install with it; torchonn and neurophox are too old for a newer one to be tried."""


@dataclass(frozen=True)
class Recipe:
    """What is installed, in order: each step is the arguments of one `uv pip install`."""

    steps: tuple[tuple[str, ...], ...]
    imports: str
    """What must import afterwards, as Python."""


OLD_BUILD = ("setuptools<81", "wheel")
"""For packages whose build or import asks for pkg_resources."""
RECIPES = {
    "simphox": Recipe(
        (("simphox==0.0.1a8", "pydantic<2", "jax==0.10.2", "absl-py", "matplotlib"),),
        "import jax, pydantic",
    ),
    "neuroptica": Recipe((("neuroptica==0.1.0", "numpy<2"),), "import neuroptica"),
    "neurophox": Recipe(
        (OLD_BUILD, ("neurophox==0.1.0a4", "tensorflow==2.21.0", "tf-keras==2.21.0", "torch", "--no-build-isolation")),
        "import tensorflow",
    ),
    "torchonn": Recipe(
        (
            ("torch", "torchvision", "torchonn-pyutils", "mmengine", "mmcv-lite", "tqdm", *OLD_BUILD),
            ("torchonn==0.0.8", "--no-deps", "--no-build-isolation"),
        ),
        "import torchonn",
    ),
    "photontorch": Recipe((("photontorch==0.4.1", "torch==2.5.1", "numpy<2", "scipy"),), "import photontorch"),
    "strawberryfields": Recipe(
        (("strawberryfields==0.23.0", "scipy<1.14", "numpy<2", "setuptools<81"),),
        "import strawberryfields",
    ),
    "interferometer": Recipe((("interferometer==1.1.2",),), "import interferometer"),
    "piquasso": Recipe((("piquasso==8.0.2",),), "import piquasso"),
    "perceval": Recipe((("perceval-quandela==1.3.1",),), "import perceval"),
}


class NotInstalled(RuntimeError):
    """A peer that could not be installed: the last line of what the installer said."""


def default_folder() -> Path:
    """Where environments are kept: backlight-peers in the user's cache folder."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "backlight-peers"


def environment(name: str, folder: Path | None = None) -> Path:
    """The Python of a peer's environment, made where it is not there. NotInstalled where it cannot be."""
    recipe, place = RECIPES[name], (folder or default_folder()).resolve() / name
    python, made = place / "bin" / "python", place / "recipe.json"
    wanted = json.dumps([PYTHON, recipe.steps, recipe.imports])
    if made.exists() and made.read_text() == wanted:
        return python
    print(f"  {name}: making its environment", file=sys.stderr, flush=True)
    start = time.perf_counter()
    shutil.rmtree(place, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    uv = _uv(place.parent)
    _call([*uv, "venv", "--quiet", "--python", PYTHON, str(place)], place.parent)
    for step in recipe.steps:
        _call([*uv, "pip", "install", "--quiet", "--python", str(python), *step], place.parent)
    _call([str(python), "-c", recipe.imports], place.parent)
    made.write_text(wanted)
    print(f"  {name}: made in {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    return python


@cache
def _uv(folder: Path) -> tuple[str, ...]:
    """The command uv: the one on the path, this Python's, or one installed into `folder`."""
    own = folder / "uv"
    for command in (("uv",), (sys.executable, "-m", "uv"), (str(own / "bin" / "python"), "-m", "uv")):
        try:
            subprocess.run([*command, "--version"], check=True, capture_output=True, cwd=folder)
        except (OSError, subprocess.CalledProcessError):
            continue
        return command
    _call([sys.executable, "-m", "venv", str(own)], folder)
    _call([str(own / "bin" / "python"), "-m", "pip", "install", "--quiet", "uv"], folder)
    return str(own / "bin" / "python"), "-m", "uv"


def _call(command: list[str], folder: Path) -> None:
    """In the environments' own folder: in a project's folder uv would apply that project's constraints."""
    clean = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    done = subprocess.run(command, cwd=folder, env=clean, capture_output=True, text=True)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or [f"{command[0]} failed"]
        raise NotInstalled(lines[-1].strip())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="PEER", help=f"of {', '.join(RECIPES)}")
    parser.add_argument("--envs", type=Path, help="folder of the environments")
    options = parser.parse_args()
    failed = 0
    for name in options.names or RECIPES:
        try:
            print(f"{name}: {environment(name, options.envs)}")
        except NotInstalled as error:
            failed += 1
            print(f"{name}: could not be installed: {error}")
    return min(failed, 1)


if __name__ == "__main__":
    raise SystemExit(main())
