"""backlight demo: the whole way on the smallest example, offline."""

from importlib import resources
from pathlib import Path

from backlight import files
from backlight.asked import Asked
from backlight.terminal import Terminal
from backlight.verbs.compile import compile_spec
from backlight.verbs.simulate import simulate_folder
from backlight.verbs.train import train_folder
from backlight.verbs.verify import verify_folder

SPEC = "demo.yml"
"""The demo's spec, inside the package: moons on 3 layers of 4 ports."""


def run_demo(folder: Path, epochs: int | None, terminal: Terminal) -> int:
    """Compile, verify, train and simulate moons; the worst exit status."""
    with resources.as_file(resources.files("backlight") / SPEC) as spec:
        terminal.say("compile: a network becomes a GDS")
        statuses = [compile_spec(spec, folder, None, terminal)]
    terminal.say("verify: the GDS proves to be that circuit")
    statuses.append(verify_folder(folder, terminal))
    terminal.say("train: that circuit learns in its own light")
    statuses.append(train_folder(folder, Asked(epochs=epochs), False, terminal))
    if any(statuses):
        return max(statuses)
    terminal.say("simulate: light through the trained circuit, by SAX and by the engine")
    statuses.append(simulate_folder(folder, terminal))
    terminal.say(f"done; open {folder / files.REPORT}")
    return max(statuses)
