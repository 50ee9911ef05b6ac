import json
import re
import signal
import socket
import urllib.error
import urllib.request

import pytest
from PIL import Image

from metanet_tf.commands.demo import demo
from metanet_tf.config import DemoConfig
from metanet_tf.utils.errors import InputError


@pytest.fixture
def support_dir(tmp_path):
    folder = tmp_path / "classes"
    folder.mkdir()
    for name, column in [("left", 3), ("right", 15)]:
        picture = Image.new("L", (20, 20), 255)
        picture.paste(0, (column, 2, column + 2, 18))
        picture.save(folder / f"{name}.png")
    return str(folder)


def test_page_is_served_until_interrupted(run_folder, support_dir, start):
    train_dir = run_folder.flags_file.parent
    running = start(
        "demo", f"--model={train_dir}", f"--support_dir={support_dir}", "--port=0"
    )
    address = re.search(r"http://127.0.0.1:\d+", running.stdout.readline()).group()
    with urllib.request.urlopen(f"{address}/initial_classes") as response:
        classes = json.load(response)["classes"]
    assert [taught["name"] for taught in classes] == ["left", "right"]
    running.send_signal(signal.SIGINT)
    assert running.wait(timeout=20) == 0
    assert running.stderr.read() == ""


def test_token_stands_in_the_address(run_folder, start):
    model = f"--model={run_folder.flags_file.parent}"
    running = start("demo", model, "--port=0", "--token=secret")
    page = re.search(r"(http://\S+)/\?token=secret", running.stdout.readline())[1]
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(page)
    cookies = urllib.request.HTTPCookieProcessor()
    opener = urllib.request.build_opener(cookies)
    assert b"<html" in opener.open(f"{page}/?token=secret").read()
    assert opener.open(f"{page}/initial_classes").status == 200


def test_port_must_be_free(start):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        running = start("demo", f"--port={port}")
        assert running.wait(timeout=60) == 2
        assert f"Received: 127.0.0.1, {port}" in running.stderr.read()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": "{missing}"}, "`model` must be"),
        ({"support_dir": "{missing}"}, "must lie in a folder"),
        ({"host": "256.0.0.1"}, "`host` and `port` must be"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path, change, message):
    missing = str(tmp_path / "missing")
    change = {name: value.format(missing=missing) for name, value in change.items()}
    with pytest.raises(InputError, match=message):
        demo(DemoConfig(**{"port": 0, **change}))


def test_port_is_checked():
    with pytest.raises(InputError, match="`port` must be at most 65535"):
        DemoConfig(port=65536)
