import gzip
import tracemalloc

import pytest

from metanet_tf.server.content_encoding import decode_body
from metanet_tf.server.request_error import RequestError


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", " GZIP "])
def test_gzip_is_unpacked(encoding):
    assert decode_body(gzip.compress(b"content", mtime=0), encoding, 7) == b"content"


@pytest.mark.parametrize("encoding", ["", "identity"])
def test_other_bodies_stay(encoding):
    assert decode_body(b"content", encoding, 1) == b"content"


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        (gzip.compress(b"content", mtime=0), "gzip", 413),
        (b"content", "gzip", 400),
        (b"", "gzip", 400),
        (gzip.compress(b"a", mtime=0)[:-3], "gzip", 400),
        (gzip.compress(b"a", mtime=0) + b"more", "gzip", 400),
        (b"content", "br", 415),
        (b"content", "gzip, gzip", 415),
    ],
)
def test_other_requests_are_refused(body, encoding, status):
    with pytest.raises(RequestError) as refused:
        decode_body(body, encoding, 6)
    assert refused.value.status == status


def test_bomb_is_not_unpacked():
    bomb = gzip.compress(bytes(50 * 2**20))
    tracemalloc.start()
    with pytest.raises(RequestError, match="once it is unpacked"):
        decode_body(bomb, "gzip", 2**20)
    assert tracemalloc.get_traced_memory()[1] < 5 * 2**20
    tracemalloc.stop()
