"""backlight show: KLayout is started with the process's layers and left to itself; pictures need no KLayout at all."""

import json
import os
import shutil
import subprocess
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import klayout.db as kdb
import pytest

from layouts.colours import PAINTS
from layouts.layer_properties import layer_properties
from layouts.locate import NoSuchDeviceError, locate
from pdk import registry

THETA = "layer1.mesh.mzi_0_0.theta"
FAKE = """\
#!/usr/bin/env python3
import json, os, sys, time
texts = {name: open(name).read() for name in sys.argv[1:] if name.endswith((".lyp", ".py"))}
told = {"arguments": sys.argv[1:], "session": os.getsid(0), "texts": texts}
with open(TARGET + ".new", "w") as out:
    json.dump(told, out)
os.rename(TARGET + ".new", TARGET)
time.sleep(LIFE)
sys.exit(STATUS)
"""


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """An application that records what it is told, lives for a while and ends with a status."""

    def install(life_s=2.5, status=0):
        target, folder = tmp_path / "told.json", tmp_path / "bin"
        folder.mkdir()
        text = FAKE.replace("TARGET", repr(str(target))).replace("LIFE", str(life_s)).replace("STATUS", str(status))
        (folder / "klayout").write_text(text)
        (folder / "klayout").chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        return lambda: json.loads(_once(target).read_text())

    return install


def _once(path: Path) -> Path:
    for _ in range(100):
        if path.exists():
            return path
        time.sleep(0.02)
    raise AssertionError(f"{path} was never written")


def test_a_folder_opens_in_klayout(fake, backlight, design_folder):
    told = fake()
    (design_folder / "verify.lyrdb").write_text("<report-database/>")
    start = time.perf_counter()
    assert backlight("show", design_folder, "--at", THETA) == 0
    assert time.perf_counter() - start < 2.4  # it does not wait for the application's end
    said = told()
    arguments = said["arguments"]
    assert arguments[:2] == ["-ne", str((design_folder / "chip.gds").resolve())]
    assert arguments[arguments.index("-m") + 1] == str((design_folder / "verify.lyrdb").resolve())
    assert said["session"] != os.getsid(0)  # a closed terminal does not close it
    assert "<name>core 1/0 (waveguide)</name>" in said["texts"][arguments[arguments.index("-l") + 1]]
    assert "zoom_box" in said["texts"][arguments[arguments.index("-rr") + 1]]


def test_a_gds_alone_opens(fake, backlight, compiled, capsys):
    told = fake(life_s=0)
    assert backlight("show", compiled / "chip.gds") == 0
    assert "-m" not in told()["arguments"] and "-rr" not in told()["arguments"]
    assert "open in KLayout" in capsys.readouterr().out


def refused(backlight, capsys, *arguments):
    capsys.readouterr()
    assert backlight("show", *arguments) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    return lines[0]


def test_without_klayout_it_says_how_to_get_it(backlight, compiled, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("backlight.verbs.show.NAMES", ("klayout",))
    line = refused(backlight, capsys, compiled)
    assert "apt install klayout" in line and "--png" in line


def test_an_application_that_ends_at_once_is_told(fake, backlight, compiled, capsys):
    fake(life_s=0, status=134)
    assert "ended at once with status 134" in refused(backlight, capsys, compiled)


def test_bad_requests(fake, backlight, compiled, capsys, tmp_path):
    fake(life_s=0)
    assert "did you mean layer1.mesh.mzi_0_0.theta?" in refused(
        backlight, capsys, compiled, "--at", "layer1.mesh.mzi_0_0.thea"
    )
    assert "no such file" in refused(backlight, capsys, tmp_path / "nothing.gds")
    (tmp_path / "text.gds").write_text("not a layout")
    assert "found no GDS" in refused(backlight, capsys, tmp_path / "text.gds")
    assert "found nothing" in refused(backlight, capsys, compiled, "--png", tmp_path / "no" / "a.png")
    assert list(tmp_path.glob("*.png")) == []


@pytest.mark.parametrize("at", [None, THETA])
def test_a_picture_needs_no_application(backlight, compiled, tmp_path, monkeypatch, at):
    monkeypatch.setenv("PATH", str(tmp_path))
    png = tmp_path / "chip.png"
    assert backlight("show", compiled, "--png", png, *(("--at", at) if at else ())) == 0
    import klayout.lay as lay

    image = lay.PixelBuffer.read_png(str(png))
    assert image.width() == 1600 and 500 <= image.height() <= 1600
    pixels = {image.pixel(x, y) & 0xFFFFFF for x in range(0, 1600, 2) for y in range(0, image.height(), 2)}
    assert 0xFFFFFF in pixels and int(PAINTS["core"].light[1:], 16) in pixels


def test_locating_agrees_with_the_labels(compiled):
    """`emit` writes the path of a device on its middle; the path leads there."""
    layout = kdb.Layout()
    layout.read(str(compiled / "chip.gds"))
    top, pdk = layout.top_cell(), registry.get("generic")
    texts = [shape.text for shape in top.shapes(layout.layer(*pdk.layers["label"])).each() if shape.is_text()]
    named = [text for text in texts if " " not in text.string]
    assert len(named) > 40
    for text in named:
        assert locate(layout, text.string).contains(kdb.Point(text.x, text.y))
    with pytest.raises(NoSuchDeviceError, match=r"layer1\.mesh\.mzi_9_9: found no 'mzi_9_9' in layer1\.mesh"):
        locate(layout, "layer1.mesh.mzi_9_9")


def test_every_layer_is_in_the_properties():
    pdk = registry.get("generic")
    entries = ET.fromstring(layer_properties(pdk)).findall("properties")
    assert {e.findtext("source") for e in entries} == {f"{a}/{b}@1" for a, b in pdk.layers.values()}
    assert {e.findtext("visible") for e in entries if (e.findtext("name") or "").startswith(("pin", "outline"))} == {
        "false"
    }


@pytest.mark.skipif(shutil.which("klayout") is None, reason="KLayout's application is not installed")
def test_klayout_takes_the_properties(compiled, tmp_path):
    """The application itself reads the file, without a window."""
    properties, script, out = tmp_path / "l.lyp", tmp_path / "names.py", tmp_path / "names.txt"
    properties.write_text(layer_properties(registry.get("generic")))
    script.write_text(
        "import pya\nview = pya.LayoutView.current()\n"
        f"open({str(out)!r}, 'w').write('\\n'.join(each.name for each in view.each_layer()))\n"
    )
    command = ["klayout", "-z", "-nc", "-rx", str(compiled / "chip.gds"), "-l", str(properties), "-r", str(script)]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    subprocess.run(command, check=True, capture_output=True, timeout=60, env=environment)
    assert "m3 49/0 (metal 3)" in out.read_text()
