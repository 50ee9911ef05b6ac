"""Bodies that clients compress."""

import zlib
from http import HTTPStatus

from metanet_tf.server.request_error import RequestError, bad_request

_GZIP = 16 + zlib.MAX_WBITS


def decode_body(body: bytes, encoding: str, max_bytes: int) -> bytes:
    """Unpacks what a client sent.

    Args:
        body: content of a request.
        encoding: its Content-Encoding: gzip, identity, or none.
        max_bytes: of the result.

    Raises:
        RequestError: if the encoding is another, the body is damaged, or the result
            is larger than `max_bytes`.
    """
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "x-gzip"):
        raise RequestError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"Content-Encoding must be gzip or none. Received: {encoding[:100]}. Send "
            "the request as it is.",
        )
    return _gunzip(body, max_bytes)


def _gunzip(body: bytes, max_bytes: int) -> bytes:
    decoder = zlib.decompressobj(_GZIP)
    try:
        content = decoder.decompress(body, max_bytes + 1)
    except zlib.error as error:
        raise bad_request(f"The request is no gzip: {error}. Send it again.") from error
    if len(content) > max_bytes:
        raise RequestError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"A request must have at most {max_bytes} bytes once it is unpacked. "
            "Received: more. Send several.",
        )
    if not decoder.eof or decoder.unused_data:
        raise bad_request("The request is no whole gzip, or more. Send it again.")
    return content
