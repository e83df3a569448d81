"""The law of the house: imports go one way, nothing runs in a circle, heavy things load late, pins agree.

Each rule is a function over a tree of files, so that the controls at the end can show it failing on a bad one.
"""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {
    "pdk": {"pdk"},
    "compiler": {"compiler", "pdk"},
    "layouts": {"layouts", "compiler", "pdk"},
    "chips": {"chips", "compiler", "pdk"},
    "backlight": {"backlight", "layouts", "chips", "compiler", "pdk"},
}
HEAVY = {
    "gdsfactory",
    "kfactory",
    "sax",
    "jax",
    "optax",
    "sklearn",
    "matplotlib",
    "dask",
    "distributed",
    "pandas",
    "scipy",
    "xarray",
}
TRAINER = ("train", "calibrate", "homodyne", "activation", "readout", "gradients", "lock", "watch", "mesh_watch")
"""Modules of `chips` that see a chip only through `Chip`."""
CROSSBAR_TRAINER = (
    "bench",
    "calibration",
    "digital",
    "lock",
    "passes",
    "pin_sweep",
    "points",
    "setpoints",
    "sweep",
    "train",
    "watch",
)
"""Modules of `chips.crossbar` that see one only through `CrossbarChip`."""
HIDDEN = {"chips.twin", "chips.engine", "chips.truth", "chips.variation", "chips.draw", "chips.drift", "chips.offline"}
HIDDEN |= {
    f"chips.crossbar.{name}" for name in ("twin", "truth", "draw", "drift", "fringes", "weights", "shot", "receive")
}
"""What the trainer must not know: the models behind a chip."""


@dataclass(frozen=True)
class Module:
    """Its name, and what it imports: as whole dotted names, at module level and anywhere."""

    name: str
    at_load: frozenset[str]
    anywhere: frozenset[str]


def read_tree(root: Path) -> dict[str, Module]:
    """Every module of the five rooms under a root."""
    files = {
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path
        for room in MAY_IMPORT
        for path in sorted((root / room).rglob("*.py"))
    }
    return {name: _module(name, path, set(files)) for name, path in files.items()}


def _module(name: str, path: Path, known: set[str]) -> Module:
    tree = ast.parse(path.read_text())
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    anywhere = {target for node in ast.walk(tree) for target in _targets(node, package, known)}
    at_load = {target for node in _at_load(tree.body) for target in _targets(node, package, known)}
    return Module(name, frozenset(at_load - {name}), frozenset(anywhere - {name}))


def _at_load(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """Statements that run when the module is loaded: not those of functions, nor under `if TYPE_CHECKING`."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from _at_load(node.orelse)
            continue
        yield node
        for field in ("body", "orelse", "finalbody"):
            yield from _at_load(getattr(node, field, []))
        for handler in getattr(node, "handlers", []):
            yield from _at_load(handler.body)


def _targets(node: ast.AST, package: str, known: set[str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        parts = package.split(".")
        above = parts[: len(parts) - node.level + 1] if node.level else []
        base = ".".join([*above, *([node.module] if node.module else [])])
        for alias in node.names:
            whole = f"{base}.{alias.name}" if base else alias.name
            yield whole if whole in known else base


def arrows(tree: dict[str, Module]) -> list[str]:
    """Imports from one room into a room that it may not know."""
    return [
        f"{module.name} -> {target}"
        for module in tree.values()
        for target in sorted(module.anywhere)
        if (room := target.split(".")[0]) in MAY_IMPORT and room not in MAY_IMPORT[module.name.split(".")[0]]
    ]


def cycles(tree: dict[str, Module]) -> list[str]:
    """Circles of imports, those inside functions and under TYPE_CHECKING included."""
    state: dict[str, str] = {}
    found: list[str] = []

    def visit(name: str, trail: list[str]) -> None:
        state[name] = "open"
        for target in sorted(tree[name].anywhere & tree.keys()):
            if state.get(target) == "open":
                found.append(" -> ".join([*trail[trail.index(target) :], target]))
            elif target not in state:
                visit(target, [*trail, target])
        state[name] = "done"

    for name in sorted(tree):
        if name not in state:
            visit(name, [name])
    return found


def reach(tree: dict[str, Module], start: str, *, at_load: bool) -> dict[str, str]:
    """Modules that a module imports, directly or through others, each with the one that imports it."""
    via: dict[str, str] = {}
    stack = [start]
    while stack:
        name = stack.pop()
        module = tree.get(name)
        for target in (module.at_load if at_load else module.anywhere) if module else ():
            parents = [target.rsplit(".", k)[0] for k in range(target.count(".") + 1)]
            for each in parents:
                if each not in via:
                    via[each] = name
                    stack.append(each)
    return via


def heavy_at_start(tree: dict[str, Module], start: str = "backlight.cli") -> list[str]:
    """Heavy libraries that load with the command line."""
    return [f"{via} -> {name}" for name, via in reach(tree, start, at_load=True).items() if name.split(".")[0] in HEAVY]


def peeking(tree: dict[str, Module]) -> list[str]:
    """Modules of the trainer that can reach what is hidden behind a chip."""
    own = {*(f"chips.{name}" for name in TRAINER), *(f"chips.crossbar.{name}" for name in CROSSBAR_TRAINER)}
    trainer = [name for name in tree if own & {name, name.rpartition(".")[0]}]
    return [
        f"{name}: {via} -> {hidden}"
        for name in trainer
        for hidden, via in reach(tree, name, at_load=False).items()
        if hidden in HIDDEN
    ]


RULES = [arrows, cycles, heavy_at_start, peeking]


@pytest.mark.parametrize("rule", RULES)
def test_law_holds(rule):
    tree = read_tree(ROOT)
    assert {"pdk.contract", "compiler.netlist", "backlight.cli"} <= tree.keys()
    assert rule(tree) == []


def test_trainer_is_there():
    names = {name.split(".")[1] for name in read_tree(ROOT) if name.startswith("chips.")}
    assert {"train", "calibrate", "gradients"} <= names, "renamed? then TRAINER above no longer guards it"
    assert {f"chips.crossbar.{name}" for name in CROSSBAR_TRAINER} <= read_tree(ROOT).keys()


BAD = {
    "arrows": {"compiler/plan.py": "def f():\n    from layouts import place\n", "layouts/place.py": ""},
    "arrows between layouts and chips": {"layouts/a.py": "import chips.twin\n", "chips/twin.py": ""},
    "cycles": {"pdk/a.py": "from pdk import b\n", "pdk/b.py": "def f():\n    import pdk.a\n"},
    "heavy_at_start": {
        "backlight/cli.py": "from backlight import flow\n",
        "backlight/flow.py": "try:\n    import jax.numpy\nexcept ImportError:\n    pass\n",
    },
    "heavy_at_start by a package": {
        "backlight/cli.py": "import pdk.contract\n",
        "pdk/__init__.py": "import gdsfactory\n",
        "pdk/contract.py": "",
    },
    "peeking": {
        "chips/train.py": "from chips import helper\n",
        "chips/helper.py": "def f():\n    from chips.twin import Twin\n",
        "chips/twin.py": "",
    },
    "peeking by a relative import": {"chips/gradients/echo.py": "from .. import engine\n", "chips/engine.py": ""},
    "peeking at a crossbar": {
        "chips/crossbar/train.py": "from chips.crossbar import twin\n",
        "chips/crossbar/twin.py": "",
    },
    "peeking from a gradient": {"chips/gradients/echo.py": "import chips.engine\n", "chips/engine.py": ""},
}


@pytest.mark.parametrize("name", BAD)
def test_law_catches(name, tmp_path):
    for path, text in BAD[name].items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    rule = {rule.__name__: rule for rule in RULES}[name.split()[0]]
    assert rule(read_tree(tmp_path))


def test_law_allows_late_and_typing_imports(tmp_path):
    (tmp_path / "backlight").mkdir()
    text = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import jax\ndef f():\n    import sax\n"
    (tmp_path / "backlight" / "cli.py").write_text(text)
    tree = read_tree(tmp_path)
    assert heavy_at_start(tree) == []
    assert "jax" in tree["backlight.cli"].anywhere


def test_pins_agree():
    pins = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["uv"]["constraint-dependencies"]
    assert (ROOT / "constraints.txt").read_text().splitlines() == pins


def test_every_dependency_is_pinned():
    data = tomllib.loads((ROOT / "pyproject.toml").read_text())
    pinned = {re.split(r"[=<>~! ]", line)[0] for line in data["tool"]["uv"]["constraint-dependencies"]}
    asked = data["project"]["dependencies"] + data["dependency-groups"]["dev"]
    names = {re.split(r"[=<>~! \[]", line)[0].replace(".", "-") for line in asked}
    assert names <= pinned


def test_no_package_under_tests():
    # SAX installs a top-level package called tests; ours must never become one.
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_readme_contributing_and_ci_name_the_same_commands():
    ci = [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if line.startswith("uv run ")]
    contributing = (ROOT / "CONTRIBUTING.md").read_text()
    assert len(ci) == 4
    assert [line for line in ci if line not in contributing] == []
    assert ci[-1] in (ROOT / "README.md").read_text()


def test_importing_backlight_is_light():
    code = "import sys, backlight; print([m for m in ('jax', 'gdsfactory', 'sax', 'numpy') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
