import http.server
import json
import pathlib
import threading

import pytest

from benchmarks import load
from metanet_tf.config import (
    DataConfig,
    EpisodeConfig,
    ModelConfig,
    RunConfig,
    TrainingConfig,
)
from metanet_tf.pretrained import save_pretrained
from metanet_tf.training.trained_model import make_model

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
ANSWERS = {
    b"good": (200, {"predictions": [{"class": "fish"}]}),
    b"bad": (400, {"error": "bad"}),
}


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if body not in ANSWERS:
            self.close_connection = True
            return
        status, content = ANSWERS[body]
        content = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def port():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("request_", "is_lost"),
    [
        (load.Request(b"good"), False),
        (load.Request(b"good", names=("fish",)), False),
        (load.Request(b"good", names=("tree",)), True),
        (load.Request(b"good", 400), True),
        (load.Request(b"bad", 400), False),
        (load.Request(b"closed"), True),
    ],
)
def test_answers_are_checked(port, request_, is_lost):
    asked = iter([False] * 6)
    answers = load.ask(port, lambda _: request_, 2, lambda: next(asked, True))
    assert len(answers.seconds) == 6
    assert answers.lost == 6 * is_lost
    assert answers.rate > 0


FIGURES = {
    "rates": [
        {
            "workers": 1,
            "pictures": 8,
            "requests_per_second": 50.4,
            "p50_ms": 1.04,
            "p99_ms": 2.0,
            "lost": 0,
            "bare_per_second": 60.0,
            "of_bare": 0.84,
        }
    ],
    "mixed": {
        **{"minutes": 10.0, "requests": 12345, "lost": 1},
        **{"p99_ms": 3.0, "first_mib": 700.4, "last_mib": 701.0},
    },
    "switches": {
        **{"switches": 50, "requests": 6789, "lost": 0, "p99_ms_without": 2.0},
        **{"p99_ms": 5.5, "first_mib": 500.0, "most_mib": 520.0, "last_mib": 510.0},
    },
    "machine": {"cores": 2, "processor": "a processor"},
    "versions": {"tensorflow": "2.21.0"},
    "settings": {"clients": 4},
    "command": "python benchmarks/load.py",
}


def test_tables_say_what_was_measured():
    text = load.tables(FIGURES)
    assert "| 1 | 8 | 50 | 403 | 1.0 | 2.0 | 60: 84% |" in text
    assert "12,345 requests, 1 lost" in " ".join(text.split())
    assert text.count("p99 was 5.5 ms") == 1
    assert max(map(len, text.splitlines())) <= 120


def test_page_of_the_tables_has_their_marks():
    page = (REPOSITORY / "docs" / "serving.md").read_text()
    assert page.count(load.MARKS[0]) == page.count(load.MARKS[1]) == 1


@pytest.mark.slow
def test_all_is_measured(tmp_path):
    run = RunConfig(
        DataConfig(image_size=16),
        EpisodeConfig(n_way=3),
        ModelConfig(learner="mlp", hidden_units=16, generator_units=4),
        TrainingConfig(),
    )
    save_pretrained(make_model(run), run, tmp_path / "tiny")
    file = tmp_path / "load.json"
    load.measure(
        load.LoadConfig(
            model=str(tmp_path / "tiny"),
            clients=2,
            seconds=0.5,
            mixed_minutes=0.05,
            switches=3,
            json=str(file),
        )
    )
    figures = json.loads(file.read_text())
    assert len(figures["rates"]) == 6
    assert figures["mixed"]["lost"] == figures["switches"]["lost"] == 0
