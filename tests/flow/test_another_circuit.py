"""A folder that is compiled into again, and results that are damaged."""

import json
import shutil


def test_results_of_another_circuit_are_set_aside(small_crossbar, crossbar_spec, tmp_path, backlight, capsys):
    folder = shutil.copytree(small_crossbar, tmp_path / "out")
    (folder / "training.json").write_text("{}")
    (folder / "program.json").write_text("{}")
    spec = tmp_path / "small.yml"
    spec.write_text(crossbar_spec)
    assert backlight("compile", spec, "-o", folder) == 0
    assert (folder / "training.json").exists(), "the same circuit keeps what was made of it"
    spec.write_text(crossbar_spec.replace("outputs: 3", "outputs: 2"))
    assert backlight("compile", spec, "-o", folder) == 0
    assert f"results are in {folder / 'earlier-1'}" in capsys.readouterr().out
    assert not (folder / "training.json").exists()
    assert {path.name for path in (folder / "earlier-1").iterdir()} == {"training.json", "program.json"}


def test_damaged_results_are_told(small_crossbar, tmp_path, backlight, capsys):
    folder = shutil.copytree(small_crossbar, tmp_path / "out")
    for name in ("yield.json", "simulation.json"):
        (folder / name).write_text(json.dumps({"schema": 1}))
        is_read = name == "yield.json"  # a run writes its simulation anew
        assert backlight("train", folder, "--epochs", "1") == (2 if is_read else 0)
        assert ("a damaged file of results" in capsys.readouterr().err) == is_read
        (folder / name).unlink()
