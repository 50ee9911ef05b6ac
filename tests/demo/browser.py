"""A headless Chromium that draws with a real mouse, finger and keys."""

import contextlib
import json
import math

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

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


class Page:
    """The page in a browser.

    Args:
        driver: of the browser.
        address: of the page.
    """

    def __init__(self, driver, address):
        self.driver = driver
        self.address = address
        driver.get(address)
        driver.execute_script("localStorage.clear()")
        self.reload()

    def reload(self):
        self.driver.get(self.address)
        self.wait(lambda: self.all("#classes .pad"))

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

    def example(self, index):
        return self.all("#classes .pad")[index]

    @property
    def query(self):
        return self.one("#query .pad")

    def rename(self, index, name):
        self.all(".name")[index].click()  # It selects the name that is there.
        ActionChains(self.driver).send_keys(name, Keys.TAB).perform()

    def names(self):
        return [field.get_property("value") for field in self.all(".name")]

    def draw(self, pad, *strokes, lift=True):
        """Draws with the mouse; points are in [0, 1]."""
        for stroke in strokes:
            points = self._on_screen(pad, stroke)
            self._mouse("mousePressed", points[0])
            for point in points[1:]:
                self._mouse("mouseMoved", point)
            if lift:
                self._mouse("mouseReleased", points[-1])

    def draw_by_finger(self, pad, stroke):
        for kind, point in zip(
            ["touchStart", *["touchMove"] * (len(stroke) - 1)],
            self._on_screen(pad, stroke),
            strict=True,
        ):
            self._command(
                "Input.dispatchTouchEvent",
                type=kind,
                touchPoints=[{"x": point[0], "y": point[1]}],
            )
        self._command("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def upload(self, tile_selector, path):
        self.one(f"{tile_selector} input[type=file]").send_keys(str(path))

    def answer(self):
        """Name of the class, once the answer is there."""
        self.wait(lambda: self.text("#announcement"))
        return self.text("#verdict-class")

    def looked_at(self):
        """Label of the example that got most attention."""
        return self.one("#classes .most").get_attribute("aria-label")

    def strokes(self):
        """Of the first class's first example, as the browser keeps them."""
        kept = json.loads(
            self.driver.execute_script("return localStorage.getItem('metanet-demo')")
        )
        return kept["classes"][0]["examples"][0]["strokes"]

    def resize(self, width, height):
        self._command(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )

    def prefer(self, scheme):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self._command("Emulation.setEmulatedMedia", features=features)

    def take_messages(self):
        """What the console has shown since the last call."""
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
        left, top, width, height = self.driver.execute_script(
            "arguments[0].scrollIntoView({block: 'center'});"
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
