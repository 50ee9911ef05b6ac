"""A headless Chromium that draws with a real mouse, finger and keys."""

import contextlib
import json
import math
import pathlib

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

import metanet_tf.demo

STATIC = pathlib.Path(metanet_tf.demo.__file__).parent / "static"
CHROMIUM, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
_FLAGS = """--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run
--disable-background-networking --disable-component-update --disable-sync"""
_SECONDS = 30


def circle(x=0.5, y=0.5, radius=0.32, steps=24):
    """Points of a circle, in [0, 1]."""
    turns = [2 * math.pi * step / steps for step in range(steps + 1)]
    return [(x + radius * math.cos(t), y + radius * math.sin(t)) for t in turns]


def lines(*corners, steps=6):
    """Points of straight lines from corner to corner."""
    points = [corners[0]]
    for (x0, y0), (x1, y1) in zip(corners, corners[1:], strict=False):
        parts = [step / steps for step in range(1, steps + 1)]
        points += [(x0 + (x1 - x0) * part, y0 + (y1 - y0) * part) for part in parts]
    return points


CIRCLE = [circle()]
ZIGZAG = [lines((0.15, 0.7), (0.35, 0.3), (0.5, 0.7), (0.65, 0.3), (0.85, 0.7))]
CROSS = [lines((0.2, 0.2), (0.8, 0.8)), lines((0.8, 0.2), (0.2, 0.8))]
SCRIBBLE = [
    lines(*[(0.05 + i * 37 % 90 / 100, 0.05 + i * 61 % 90 / 100) for i in range(25)])
]


class Page:
    """The page in a browser.

    Args:
        driver: of the browser.
        address: of the page.
    """

    def __init__(self, driver, address):
        self.driver = driver
        self.address = address
        self.resize(1200, 800)
        self.prefer("light")
        self._command(
            "Storage.clearDataForOrigin",
            origin=address,
            storageTypes="local_storage",
        )
        self.reload()

    def reload(self):
        self.driver.get(self.address)
        self.wait(lambda: self.all("#classes .pad"))

    def show(self, element):
        """Scrolls until an element is in sight and nothing lies over it."""
        self.run(
            "const { left, top, width, height } = arguments[0].getBoundingClientRect();"
            "const at = document.elementFromPoint(left + width / 2, top + height / 2);"
            "if (!arguments[0].contains(at) || top < 0 || top + height > innerHeight)"
            " arguments[0].scrollIntoView({block: 'nearest'});",
            element,
        )

    def press(self, element):
        """Clicks on an element, wherever it is."""
        self.show(element)
        element.click()

    def run(self, script, *arguments):
        """Runs JavaScript; returns what it returns."""
        return self.driver.execute_script(script, *arguments)

    def wait(self, condition):
        # Elements may go while they are looked at, as when the page is loaded again.
        ignored = [StaleElementReferenceException]
        wait = WebDriverWait(self.driver, _SECONDS, 0.05, ignored_exceptions=ignored)
        wait.until(lambda driver: condition())

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.one(selector).get_property("textContent").strip()

    def text_of(self, selector):
        """Texts of all that a selector finds."""
        return [item.get_property("textContent") for item in self.all(selector)]

    def example(self, index):
        return self.all("#classes .pad")[index]

    @property
    def query(self):
        return self.one("#query .pad")

    def rename(self, index, name):
        self.press(self.all(".name")[index])
        keys = ActionChains(self.driver).key_down(Keys.CONTROL).send_keys("a")
        keys.key_up(Keys.CONTROL).send_keys(name, Keys.TAB).perform()

    def names(self):
        return [field.get_property("value") for field in self.all(".name")]

    def draw(self, pad, *strokes, lift=True):
        """Draws with the mouse; points are in [0, 1]."""
        for stroke in strokes:
            self.drag(self._on_screen(pad, stroke), lift=lift)

    def drag(self, points, lift=True):
        """Moves the mouse over points of the window, its button pressed."""
        self._mouse("mousePressed", points[0])
        for point in points[1:]:
            self._mouse("mouseMoved", point)
        if lift:
            self._mouse("mouseReleased", points[-1])

    def move_mouse(self, point):
        """Moves the mouse, its button up."""
        self._mouse("mouseReleased", point)

    def lift(self):
        """Lifts the mouse's button."""
        self._mouse("mouseReleased", (1, 1))

    def teach_two(self):
        """Draws examples of the first two classes."""
        self.draw(self.example(0), *CIRCLE)
        self.draw(self.example(1), *ZIGZAG)

    def ask(self, *strokes):
        """Draws on the new drawing's pad; returns the name in the answer."""
        self.draw(self.query, *strokes)
        return self.answer()

    def draw_by_finger(self, pad, *strokes):
        for stroke in strokes:
            self.swipe(self._on_screen(pad, stroke))

    def swipe(self, points):
        """Moves a finger over points of the window."""
        self._touch("touchStart", points[:1])
        for point in points[1:]:
            self._touch("touchMove", [point])
        self._touch("touchEnd", [])

    def tap(self, element):
        self.swipe(self._on_screen(element, [(0.5, 0.5)]))

    def _touch(self, kind, points):
        touches = [{"x": x, "y": y} for x, y in points]
        self._command("Input.dispatchTouchEvent", type=kind, touchPoints=touches)

    def upload(self, tile_selector, *paths):
        field = self.one(f"{tile_selector} input[type=file]")
        field.send_keys("\n".join(map(str, paths)))

    def answer(self):
        """Name of the class, once the answer is there."""
        self.wait(lambda: self.text("#announcement"))
        return self.text("#verdict-class")

    def looked_at(self):
        """Label of the example that got most attention."""
        return self.one("#classes .most").get_attribute("aria-label")

    def strokes(self, index=0):
        """Returns the strokes of a class's first example, as the browser keeps them."""
        kept = json.loads(self.run("return localStorage.getItem('metanet-demo')"))
        return kept["classes"][index]["examples"][0]["strokes"]

    def notes(self):
        """Returns the notes at each class's examples, joined."""
        cards = self.all(".class")
        return [
            " ".join(
                note.get_property("textContent")
                for note in card.find_elements(By.CSS_SELECTOR, ".note")
            ).strip()
            for card in cards
        ]

    def box(self, element):
        """Left, top, right and bottom of an element in the window."""
        return self.run(
            "const { left, top, right, bottom } = arguments[0].getBoundingClientRect();"
            "return [left, top, right, bottom];",
            element,
        )

    def hold_requests(self, response="realFetch(...request)"):
        """Lets requests wait until `release_requests`; counts them."""
        self.run(
            "window.realFetch ??= window.fetch; window.held = []; window.asked = 0;"
            "window.fetch = (...request) => { asked += 1; return new Promise("
            f"(resolve) => held.push(() => resolve({response}))); }};"
        )

    def release_requests(self):
        self.run("window.fetch = realFetch; held.forEach((go) => go());")

    def hasten(self):
        """Makes the page's timers a hundred times as fast."""
        self.run(
            "const real = window.setTimeout;"
            "window.setTimeout = (f, ms, ...a) => real(f, ms / 100, ...a);"
        )

    def resize(self, width, height):
        """Makes the window one of a computer with a mouse."""
        self._emulate(width, height, is_phone=False)

    def be_phone(self, width, height):
        """Makes the window a phone's: without a mouse, drawn on by fingers."""
        self._emulate(width, height, is_phone=True)

    def _emulate(self, width, height, *, is_phone):
        self._command(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=is_phone,
        )
        self._command("Emulation.setTouchEmulationEnabled", enabled=is_phone)

    def prefer(self, scheme):
        values = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
        features = [{"name": name, "value": value} for name, value in values.items()]
        self._command("Emulation.setEmulatedMedia", features=features)

    def take_messages(self):
        """Returns the console's messages since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def take_requests(self):
        """Addresses that were asked for since the last call."""
        events = [
            json.loads(entry["message"])["message"]
            for entry in self.driver.get_log("performance")
        ]
        return [
            event["params"]["request"]["url"]
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        ]

    def _on_screen(self, pad, stroke):
        self.show(pad)
        left, top, width, height = self.run(
            "const box = arguments[0].getBoundingClientRect();"
            "return [box.left, box.top, box.width, box.height];",
            pad,
        )
        return [(left + x * width, top + y * height) for x, y in stroke]

    def _mouse(self, kind, point):
        self._command(
            "Input.dispatchMouseEvent",
            type=kind,
            x=point[0],
            y=point[1],
            button="left",
            buttons=int(kind != "mouseReleased"),
            clickCount=1,
        )

    def _command(self, name, **parameters):
        self.driver.execute_cdp_cmd(name, parameters)


@contextlib.contextmanager
def chromium(downloads):
    """Starts a browser that puts downloads into a folder; gives its driver."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in _FLAGS.split():
        options.add_argument(flag)
    options.add_experimental_option(
        "prefs", {"download.default_directory": str(downloads)}
    )
    options.set_capability(
        "goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"}
    )
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    try:
        yield driver
    finally:
        driver.quit()
