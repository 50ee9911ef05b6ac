"""Versions, workers, and how it ends."""

import concurrent.futures
import os
import shutil
import signal

import pytest

WAIT = {"signature_name": "wait", "inputs": [1.5]}


def test_newer_version_is_taken_up_and_old_requests_finish(
    model_dir, save_model, picture_file, tmp_path, run_server
):
    folder = shutil.copytree(model_dir, tmp_path / "model")
    newer = save_model(tmp_path / "newer", "black", "white")
    with (
        run_server(folder, poll_seconds=0.1) as server,
        concurrent.futures.ThreadPoolExecutor() as pool,
    ):
        (folder / "3").mkdir()
        (folder / "3" / "saved_model.pb").write_bytes(b"damaged")
        server.wait_until(lambda: "Version 3 of" in server.log())
        old = pool.submit(server.predict, WAIT)
        server.wait_until(lambda: server.metric("metanet_requests_in_flight") == 1)
        newer.rename(folder / "4")
        server.wait_until(lambda: server.metric("metanet_model_version") == 4)
        status, answer = server.classify(picture_file(1.0))
        assert (status, answer["predictions"][0]["class"]) == (200, "white")
        assert server.ask("/v1/models/tiny/versions/1")[0] == 404
        assert old.result() == (200, {"outputs": [1.5]})
        os.killpg(server.process.pid, signal.SIGINT)  # As a terminal does at ^C.
        assert server.process.wait(timeout=60) == 0
        told = [line for line in server.log().splitlines() if line.startswith("INFO")]
        assert [line.split()[1:] for line in told] == [
            ["Version", "1", "is", "served."],
            ["Version", "4", "is", "served."],
        ]


def test_workers_are_replaced_and_stop_once_they_have_answered(model_dir, run_server):
    with (
        run_server(model_dir, workers=2) as server,
        concurrent.futures.ThreadPoolExecutor() as pool,
    ):
        server.wait_until(lambda: server.metric("metanet_model_version") == 1)
        server.wait_until(lambda: len(server.workers()) == 2)
        killed = server.workers()
        broken = pool.submit(server.predict, WAIT)
        server.wait_until(lambda: server.metric("metanet_requests_in_flight") == 1)
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        assert isinstance(broken.exception(), ConnectionError)
        server.wait_until(lambda: len(set(server.workers()) - set(killed)) == 2)
        server.wait_until(lambda: server.metric("metanet_model_version") == 1)
        assert server.metric("metanet_requests_in_flight") == 0

        waiting = [pool.submit(server.predict, WAIT) for _ in range(4)]
        server.wait_until(lambda: server.metric("metanet_requests_in_flight") == 4)
        server.process.send_signal(signal.SIGTERM)
        assert [answer.result()[0] for answer in waiting] == [200] * 4
        assert server.process.wait(timeout=60) == 0
        with pytest.raises(ConnectionRefusedError):
            server.ask("/healthz")
