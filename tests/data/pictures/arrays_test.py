import numpy as np
import pytest

from metanet_tf.data.pictures import PictureError, read_arrays, read_pixels

# A drawing in halves of white, so that every scale has its numbers.
DRAWING = np.array([[0, 1, 2], [2, 2, 0]])
GREY = np.uint8([[0, 128, 255], [255, 255, 0]])


def _grey(pixels):
    assert pixels.dtype == np.uint8
    assert np.all(pixels[..., 3] == 255)
    assert np.all(pixels[..., :3] == pixels[..., :1])
    return pixels[..., 0]


@pytest.mark.parametrize(
    "scale, dtype",
    [
        *((16, dtype) for dtype in (np.uint8, np.int16, np.int64, np.float32)),
        *((255, dtype) for dtype in (np.uint8, np.int16, np.int64, np.float64)),
        *((1023, dtype) for dtype in (np.uint16, np.int16, np.int64, np.float16)),
        *((4095, dtype) for dtype in (np.uint16, np.int16, np.int64, np.float32)),
        *((65535, dtype) for dtype in (np.uint16, np.int32, np.int64, np.float32)),
    ],
)
def test_scale_is_found_from_the_largest_number(scale, dtype):
    numbers = np.ceil(DRAWING * (scale / 2)).astype(dtype)
    np.testing.assert_allclose(_grey(read_pixels(numbers)), GREY, atol=1)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int32, np.float64])
def test_masks_of_zero_and_one_are_black_and_white(dtype):
    mask = (DRAWING > 0).astype(dtype)
    np.testing.assert_array_equal(_grey(read_pixels(mask)), mask * np.uint8(255))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_up_to_one_are_parts_of_white(dtype):
    np.testing.assert_array_equal(_grey(read_pixels((DRAWING / 2).astype(dtype))), GREY)
    faint = read_pixels(np.full([2, 2], 0.25, dtype))
    assert np.all(_grey(faint) == 64)


def test_rounding_noise_does_not_change_the_scale():
    noisy = DRAWING / 2 * (1 + 1e-6) - 1e-9
    np.testing.assert_array_equal(_grey(read_pixels(noisy)), GREY)


@pytest.mark.parametrize(
    "largest, scale",
    [
        (1, 1),
        (15, 16),
        (16, 16),
        (17, 255),
        (200, 255),
        (256, 1023),
        (1000, 1023),
        (1100, 4095),
        (5000, 65535),
    ],
)
def test_white_is_the_next_scale_above(largest, scale):
    pixels = read_pixels(np.full([2, 2], largest))
    assert np.all(_grey(pixels) == round(largest * 255 / scale))


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_channels_are_grey_or_colours_and_opacity(channels):
    numbers = np.random.default_rng(0).integers(0, 256, [5, 6, channels], np.uint8)
    pixels = read_pixels(numbers)
    colours = numbers[..., : channels - (channels % 2 == 0)]
    np.testing.assert_array_equal(pixels[..., :3], np.broadcast_to(colours, [5, 6, 3]))
    opacity = numbers[..., -1] if channels % 2 == 0 else 255
    np.testing.assert_array_equal(pixels[..., 3], np.broadcast_to(opacity, [5, 6]))


def test_batch_has_one_scale():
    batch = np.stack([np.full([2, 2], 200), np.full([2, 2], 1)])
    np.testing.assert_array_equal(_grey(read_arrays(batch)), batch)
    np.testing.assert_array_equal(_grey(read_pixels(batch[1])), 255)


def test_batch_may_be_empty():
    assert read_arrays(np.zeros([0, 5, 6])).shape == (0, 5, 6, 4)


def test_order_in_memory_does_not_matter():
    numbers = np.random.default_rng(0).integers(0, 256, [5, 6, 3], np.uint8)
    turned = numbers.transpose(1, 0, 2)[::-1]
    np.testing.assert_array_equal(read_pixels(turned), read_pixels(turned.copy()))


class _WithArray:
    """Stands for data frames, and for tensors of other libraries."""

    def __array__(self, dtype=None, copy=None):
        return np.asarray(DRAWING / 2, dtype)


def test_what_numpy_makes_an_array_of_is_read():
    np.testing.assert_array_equal(_grey(read_pixels(_WithArray())), GREY)


NUMBERS = np.float64([[0, 1], [1, 0]])


@pytest.mark.parametrize(
    "numbers, reason",
    [
        (NUMBERS - 0.5, r"numbers in \[-0.5, 0.5\]"),
        (np.int16([[0, -1]]), r"numbers in \[-1, 0\]"),
        (NUMBERS * 70_000, r"numbers in \[0, 70000\]"),
        (NUMBERS * 1.2, r"numbers in \[0, 1.2\]"),
        (NUMBERS * np.nan, "not finite"),
        (np.float32([[0, np.inf]]), "not finite"),
        (NUMBERS * 1j, "complex128, not of numbers"),
        (np.array([["a", "b"]]), "<U1, not of numbers"),
        (None, "object, not of numbers"),
        (np.zeros([3]), r"the shape \[3\]"),
        (7, r"the shape \[\]"),
        (np.zeros([2, 3, 5]), r"the shape \[2, 3, 5\]"),
        (np.zeros([2, 3, 1, 1]), r"the shape \[2, 3, 1, 1\]"),
        (np.zeros([0, 3]), r"the shape \[0, 3, 1\]"),
        (np.zeros([2, 3, 0]), r"the shape \[2, 3, 0\]"),
        ([[1, 2], [3]], "no array"),
    ],
)
def test_what_is_no_picture_is_refused(numbers, reason):
    with pytest.raises(PictureError, match=f"query 7 .*{reason}"):
        read_pixels(numbers, name="query 7")


def test_large_arrays_are_refused():
    with pytest.raises(PictureError, match="has 12 pixels; at most 11"):
        read_pixels(np.zeros([3, 4]), max_pixels=11)
    assert read_pixels(np.zeros([3, 4]), max_pixels=12).shape == (3, 4, 4)
