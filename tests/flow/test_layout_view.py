"""The layout in the report, in a real browser: zoom, pan, names on hover, devices by name, layers to switch off."""

import shutil

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
THETA = "layer1.mesh.mzi_0_0.theta"


@pytest.fixture(scope="module")
def report(tmp_path_factory, compiled):
    """The report of a chip that was only compiled."""
    from backlight import flow
    from backlight.folder import Folder
    from backlight.report import write_report

    folder = Folder(shutil.copytree(compiled, tmp_path_factory.mktemp("view") / "out"))
    return write_report(folder, flow.run(("tables",), folder.given())["tables"])


@pytest.fixture(scope="module")
def browser():
    """Headless Chromium."""
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser, report):
    """The report, its layout drawn; nothing may go wrong in it."""
    page = browser.new_page(viewport={"width": 1200, "height": 1000})
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(report.as_uri())
    page.wait_for_selector("canvas[data-drawn]")
    page.locator("#layout .stage").scroll_into_view_if_needed()
    yield page
    page.close()
    assert said == []


def part(page, name):
    return page.locator(f'#layout [data-part="{name}"]')


def zoom(page):
    return float(part(page, "zoom").text_content().rstrip("×"))


def centre(page):
    """The middle of the view, in whole pixels, as wheel events tell them."""
    box = part(page, "stage").bounding_box()
    return round(box["x"] + box["width"] / 2), round(box["y"] + box["height"] / 2)


def find(page, text):
    part(page, "find").fill(text)
    part(page, "find").press("Enter")


def picture(page):
    """What is drawn, once the drawing is finished."""
    page.wait_for_timeout(150)
    return page.evaluate("document.querySelector('#layout canvas').toDataURL()")


def place(page):
    """Where the pointer is on the chip, in µm."""
    x, y = part(page, "place").text_content().removesuffix(" µm").split(", ")
    return float(x), float(y)


def test_the_wheel_zooms_at_the_pointer(page):
    x, y = centre(page)
    page.mouse.move(x - 200, y - 50)
    before, shown = place(page), picture(page)
    page.mouse.wheel(0, -400)
    page.wait_for_function("parseFloat(document.querySelector('[data-part=zoom]').textContent) > 1.5")
    page.mouse.move(x - 199, y - 50)
    page.mouse.move(x - 200, y - 50)
    assert place(page) == pytest.approx(before, abs=0.2)
    assert picture(page) != shown
    part(page, "whole").click()
    assert zoom(page) == 1
    assert picture(page) == shown


def test_the_page_scrolls_over_the_whole_chip(page):
    page.mouse.move(*centre(page))
    before = page.evaluate("scrollY")
    page.mouse.wheel(0, 200)
    page.wait_for_function(f"scrollY > {before}")
    assert zoom(page) == 1


def test_dragging_pans_and_double_click_zooms(page):
    x, y = centre(page)
    page.mouse.dblclick(x, y)
    assert zoom(page) == pytest.approx(2.5)
    page.mouse.move(x, y + 1)
    before = place(page)
    page.mouse.down()
    page.mouse.move(x - 60, y + 21, steps=3)
    page.mouse.up()
    assert place(page) == pytest.approx(before, abs=0.2)


def test_buttons_and_keys(page):
    part(page, "in").click()
    assert zoom(page) == pytest.approx(1.5)
    part(page, "out").click()
    assert zoom(page) == pytest.approx(1)
    stage = part(page, "stage")
    stage.focus()
    for key in ("+", "+", "ArrowRight", "-"):
        page.keyboard.press(key)
    assert zoom(page) == pytest.approx(1.5)
    page.keyboard.press("0")
    assert zoom(page) == pytest.approx(1)


def test_pointing_at_a_phase_shifter_names_it(page):
    find(page, THETA)
    assert zoom(page) > 3
    assert part(page, "status").text_content().startswith(f"{THETA}: phase shifter")
    assert part(page, "pick").is_visible()
    page.mouse.move(*centre(page))
    assert part(page, "tip").is_visible() and part(page, "hover").is_visible()
    assert part(page, "tipPath").text_content() == THETA
    assert part(page, "tipRole").text_content() == "phase shifter"
    box, frame = part(page, "stage").bounding_box(), part(page, "hover").bounding_box()
    assert box["width"] / 5 < frame["width"] < box["width"] / 2
    page.mouse.move(box["x"] + 5, box["y"] - 20)
    assert part(page, "tip").is_hidden() and part(page, "hover").is_hidden()


@pytest.mark.parametrize(
    ("text", "path", "role"),
    [
        ("layer2.mesh.mzi_1_1", "layer2.mesh.mzi_1_1", "block"),
        ("LAYER2 mzi_2_0 phi", "layer2.mesh.mzi_2_0.phi", "phase shifter"),
    ],
)
def test_finding(page, text, path, role):
    find(page, text)
    assert part(page, "status").text_content().startswith(f"{path}: {role}")
    assert zoom(page) > 2


def test_suggestions_and_nothing_found(page):
    part(page, "find").type("mzi_0_0 theta")
    options = page.locator("#layout-paths option").evaluate_all("all => all.map(option => option.value)")
    assert THETA in options and len(options) <= 12
    find(page, "warp drive")
    assert part(page, "status").text_content() == "nothing is called warp drive"
    assert zoom(page) == 1


def test_layers_can_be_switched_off(page):
    shown = picture(page)
    page.locator("#layout .legend label", has_text="heater").click()
    hidden = picture(page)
    assert hidden != shown
    page.locator("#layout .legend label", has_text="heater").click()
    assert picture(page) == shown


def test_without_scripts_the_picture_is_there(browser, report):
    page = browser.new_page(java_script_enabled=False)
    page.goto(report.as_uri())
    assert page.locator("#layout svg.layout").bounding_box()["height"] > 200
    assert page.locator("#layout .stage").is_hidden()
    page.close()


def test_every_device_is_found_where_it_is(page):
    """The hierarchy that the page descends is that of the GDS: every labelled device, by its path and by its place."""
    paths = [f"layer{k}.mesh.mzi_{c}_{r}.{p}" for k in (1, 2) for c, r in ((0, 0), (1, 1)) for p in ("theta", "phi")]
    for path in paths:
        find(page, path)
        page.mouse.move(*centre(page))
        assert part(page, "tipPath").text_content() == path
