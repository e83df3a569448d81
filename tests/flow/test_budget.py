"""backlight budget: the tables that a person reads, the JSON that a script reads, and its exit status."""

import json


def test_it_prints_every_table(compiled, backlight, capsys):
    assert backlight("budget", compiled) == 0
    said = capsys.readouterr().out
    for word in (
        "local oscillator",
        "heaters of the mesh",
        "an answer",
        "inference",
        "heat_per_area",
        "all limits hold",
    ):
        assert word in said


def test_json_has_every_way_of_light(compiled, backlight, capsys):
    assert backlight("budget", compiled, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert {way["block"] for way in told["ways"]} == {"layer1", "layer2"}
    assert all(0 < way["transmission"] < 1 and way["snr_db"] > 0 for way in told["ways"])
    assert told["inference"]["pj"] > told["digital"]["inference_pj"]
    assert told["die_mm2"] > 1
    assert all(number["source"] for number in told["numbers"].values())


def test_too_much_light_is_a_finding(compiled, backlight, capsys):
    assert backlight("budget", compiled, "--laser-mw", 500) == 1
    said = capsys.readouterr().out
    assert "waveguide_power" in said and "mW at a laser port" in said and "FAILED" in said


def test_no_light_is_refused_in_one_line(compiled, backlight, capsys):
    for power in (0, "nan", "inf"):
        assert backlight("budget", compiled, "--laser-mw", power) == 2
        assert capsys.readouterr().err.count("\n") == 1


def test_the_report_has_it(design_folder, backlight):
    assert backlight("simulate", design_folder) == 0
    text = (design_folder / "report.html").read_text()
    section = text[text.index('<section id="budget">') :].split("</section>")[0]
    for word in ("local oscillator", "waveguide_power", "10.1109/ISSCC.2014.6757323", "training step of 32 samples"):
        assert word in section
