"""The report is one page that needs nothing else, with every section, in light and dark; opened in a real browser."""

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from backlight import files
from backlight.yields import outcome

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SECTIONS = ["layout", "circuit", "verify", "light", "training", "gradient", "confusion", "yield"]
SECTIONS += ["losses", "budget", "ledger"]


@pytest.fixture(scope="module")
def report(tmp_path_factory, backlight, compiled):
    """The report of a chip that went the whole way."""
    folder = shutil.copytree(compiled, tmp_path_factory.mktemp("report") / "out")
    assert backlight("verify", folder) == 0
    records = {"test_accuracy": np.linspace(0.9, 1, 5), "epoch_test_accuracy": np.linspace(0.5, 1, 10).reshape(5, 2)}
    study = {"first_seed": 0, "data_seed": 0, "epochs": 2, "data": "moons", "chip": "varied"}
    files.write_json(folder / files.YIELD, {**outcome.summary(records, 0.95), **study})
    assert backlight("train", folder, "--epochs", 2) == 0
    return folder / "report.html"


class Outside(HTMLParser):
    """Collects everything that a page would fetch."""

    def __init__(self):
        super().__init__()
        self.fetched = []
        self.scripts = []

    def handle_starttag(self, tag, attributes):
        if tag == "script":
            self.scripts.append(attributes)
        for name, value in attributes:
            inside = tag == "use" or (tag == "a" and value.startswith("#")) or value == "data:,"
            if name in ("src", "href", "xlink:href", "srcset", "action") and not inside:
                self.fetched.append(value)


def test_it_needs_nothing_else(report):
    page = Outside()
    text = report.read_text()
    page.feed(text)
    assert page.fetched == []
    assert page.scripts == [[]]  # one, in the page itself
    assert "url(" not in text and "@import" not in text
    assert not re.search(r"\b(fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon|import)\s*\(", text)
    assert '<meta name="backlight-schema" content="1">' in text


def test_it_has_every_section(report):
    text = report.read_text()
    assert re.findall(r'<section id="(\w+)">', text) == SECTIONS
    assert "Not there yet" not in text


def test_it_says_what_is_missing(compiled, backlight, tmp_path):
    folder = shutil.copytree(compiled, tmp_path / "out")
    assert backlight("simulate", folder) == 0
    text = (folder / "report.html").read_text()
    assert "run <code>backlight verify</code>" in text
    assert "run <code>backlight train</code>" in text
    assert "run <code>backlight yield</code>" in text


def test_names_are_escaped(report, tmp_path, backlight):
    folder = shutil.copytree(report.parent, tmp_path / "out")
    summary = json.loads((folder / "training.json").read_text())
    summary["class_names"] = ["<script>alert(1)</script>", "b"]
    (folder / "training.json").write_text(json.dumps(summary))
    assert backlight("simulate", folder) == 0
    page = Outside()
    text = (folder / "report.html").read_text()
    page.feed(text)
    assert page.scripts == [[]]
    assert "<script>alert" not in text and "&lt;script&gt;alert" in text


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_shows_it(report, scheme):
    playwright = pytest.importorskip("playwright.sync_api")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM, args=arguments)
        page = browser.new_page(viewport={"width": 1200, "height": 900}, color_scheme=scheme)
        said, asked = [], []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(report.as_uri())
        assert said == []
        assert asked == [report.as_uri()]
        for section in SECTIONS:
            assert page.locator(f"#{section} h2").is_visible()
        assert page.locator("#layout canvas").bounding_box()["height"] > 200
        assert page.locator("#light svg.plot").count() == 2
        assert page.locator("#training svg.plot polyline").count() == 3
        assert page.locator("#confusion svg.plot rect").count() == 4
        assert page.locator("#yield circle.failed").count() == 2
        assert page.locator("#yield circle").count() == 5
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wide) == 0
        page.set_viewport_size({"width": 420, "height": 800})
        assert page.evaluate(wide) == 0
        ink, paper = (page.evaluate(f"getComputedStyle(document.body).{name}") for name in ("color", "backgroundColor"))
        assert (brightness(ink) < brightness(paper)) == (scheme == "light")
        browser.close()


def brightness(colour):
    return sum(map(int, re.findall(r"\d+", colour)[:3]))


def test_the_template_is_in_the_package():
    import backlight
    from backlight.layout_view import SCRIPTS

    folder = Path(backlight.__file__).parent
    assert (folder / "report.html.j2").exists()
    for name in (*SCRIPTS, "view.css", "view.html.j2"):
        assert "</script" not in (folder / "page" / name).read_text()
