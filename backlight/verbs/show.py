"""backlight show: a layout in KLayout, in the colours of its process, or as a picture."""

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from backlight import files
from backlight.folder import Folder, process_of
from backlight.refusal import Refusal
from backlight.terminal import Terminal

if TYPE_CHECKING:
    from pdk.contract import Pdk

NAMES = ("klayout", "klayout_app", "/Applications/klayout.app/Contents/MacOS/klayout")
"""What KLayout's application is called on Linux, on Windows and on macOS."""
INSTALL = "install it (apt install klayout, brew install --cask klayout, or klayout.de), or use --png FILE"

GRACE_S = 1.5
"""An application that cannot open a window says so within this time."""


def show(what: Path, at: str | None, png: Path | None, pdk_name: str | None, terminal: Terminal) -> int:
    """Show the chip in a folder or a GDS, from `at` on if a device is named; exit status."""
    gds, pdk, markers = _opened(what, pdk_name)
    if png is not None:
        from layouts.screenshot import screenshot

        with files.replacing(png) as beside:
            screenshot(gds, pdk, beside, at)
        terminal.say(f"{png}: a picture of {at or gds}")
        return 0
    command = [_application(), "-ne", *_arguments(gds, pdk, markers, at)]
    _start(command)
    terminal.say(f"{gds}: open in KLayout" + (f", with the findings of {markers}" if markers else ""))
    return 0


def _opened(what: Path, pdk_name: str | None) -> tuple[Path, "Pdk", Path | None]:
    """The GDS, its process, and its findings where there are any."""
    if what.is_dir():
        folder = Folder(what)
        markers = what / files.MARKERS
        return folder.gds, folder.pdk, markers if markers.is_file() else None
    return what, process_of(what, pdk_name), None


def _application() -> str:
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return found
    raise Refusal("klayout", "no application of that name", "KLayout on the PATH", INSTALL)


def _arguments(gds: Path, pdk: "Pdk", markers: Path | None, at: str | None) -> list[str]:
    """What KLayout is told. The files that it reads are left in a temporary folder: it outlives this process."""
    from layouts.extract import read
    from layouts.layer_properties import layer_properties
    from layouts.locate import surroundings

    layout = read(gds)
    box = surroundings(layout, at) if at else None
    folder = Path(tempfile.mkdtemp(prefix="backlight-show-"))
    properties = folder / "layers.lyp"
    properties.write_text(layer_properties(pdk), encoding="utf-8")
    arguments = [str(gds.resolve()), "-l", str(properties)]
    if markers:
        arguments += ["-m", str(markers.resolve())]
    if box:
        corners = f"{box.left:.3f}, {box.bottom:.3f}, {box.right:.3f}, {box.top:.3f}"
        zoom = folder / "zoom.py"
        zoom.write_text(f"import pya\n\npya.LayoutView.current().zoom_box(pya.DBox({corners}))\n", encoding="utf-8")
        arguments += ["-rr", str(zoom)]
    return arguments


def _start(command: Sequence[str]) -> None:
    """Start an application that lives on by itself. Refusal where it ends at once, as it does without a display."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said, start_new_session=True
        )
        try:
            status = process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            return
        if status:
            said.seek(0)
            lines = [line.strip() for line in said.read().decode(errors="replace").splitlines() if line.strip()]
            reason = f" ({lines[0]})" if lines else ""
            found = f"that it ended at once with status {status}{reason}"
            raise Refusal(command[0], found, "a window", "is there a display? --png FILE needs none")
