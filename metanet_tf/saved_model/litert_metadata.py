"""The description inside a LiteRT file, in the form that LiteRT's tools read.

It is a FlatBuffer by the schema of TensorFlow Lite Support, `metadata_schema.fbs`. The
numbers below are those of its fields. Files that belong to a model are in a ZIP file at
its end.
"""

import io
import zipfile
from collections.abc import Mapping
from typing import Any, NamedTuple

import flatbuffers
import numpy as np
from tensorflow.lite.python import schema_py_generated as schema
from tensorflow.lite.tools import flatbuffer_utils

_ENTRY = "TFLITE_METADATA"
_IDENTIFIER = b"M001"
# Fields of ModelMetadata and of SubGraphMetadata; the two names are common to all.
_NAME, _DESCRIPTION, _SUBGRAPHS, _FILES, _MIN_PARSER = 0, 1, 3, 6, 7
_INPUTS, _OUTPUTS = 2, 3
# Of TensorMetadata, Stats and AssociatedFile.
_STATS, _TENSOR_FILES = 5, 6
_MAXIMUM, _MINIMUM = 0, 1
_TYPE, _AXIS_LABELS = 2, 2


class TensorNote(NamedTuple):
    """Description, limits and labels of an input or output.

    Attributes:
        description: sentences.
        limits: smallest and largest value; None: not said.
        labels: name of the file with a line for each value of the last axis.
    """

    description: str
    limits: tuple[float, float] | None = None
    labels: str = ""


def add_metadata(
    content: bytes,
    description: str,
    notes: Mapping[str, TensorNote],
    files: Mapping[str, bytes],
) -> bytes:
    """Returns a LiteRT file that says what it is.

    Args:
        content: of a LiteRT file with one signature.
        description: of the model.
        notes: of every input and output, by its name in the signature.
        files: that are to be inside, by name.
    """
    model = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    (signature,) = model.signatureDefs
    graph = model.subgraphs[signature.subgraphIndex]
    inputs, outputs = (
        [_tensor(names[index], notes[names[index]]) for index in indices]
        for names, indices in (
            (_names(signature.inputs), graph.inputs),
            (_names(signature.outputs), graph.outputs),
        )
    )
    metadata = {
        _DESCRIPTION: description,
        _SUBGRAPHS: [{_INPUTS: inputs, _OUTPUTS: outputs}],
        _MIN_PARSER: "1.0.0",
    }
    _add_entry(model, _flatbuffer(metadata))
    file = io.BytesIO(flatbuffer_utils.convert_object_to_bytearray(model))
    with zipfile.ZipFile(file, "a") as archive:
        for name, part in files.items():
            archive.writestr(zipfile.ZipInfo(name), part)
    return file.getvalue()


def _names(tensors: Any) -> dict[int, str]:
    return {tensor.tensorIndex: tensor.name.decode() for tensor in tensors}


def _tensor(name: str, note: TensorNote) -> dict[int, Any]:
    table: dict[int, Any] = {_NAME: name, _DESCRIPTION: note.description}
    if note.limits is not None:
        minimum, maximum = np.array(note.limits, np.float32)[:, np.newaxis]
        table[_STATS] = {_MAXIMUM: maximum, _MINIMUM: minimum}
    if note.labels:
        table[_TENSOR_FILES] = [{_NAME: note.labels, _TYPE: _AXIS_LABELS}]
    return table


def _add_entry(model: Any, content: bytes) -> None:
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(content, np.uint8)
    entry = schema.MetadataT()
    entry.name, entry.buffer = _ENTRY, len(model.buffers)
    model.buffers.append(buffer)
    model.metadata = [*(model.metadata or []), entry]


def _flatbuffer(table: dict[int, Any]) -> bytes:
    builder = flatbuffers.Builder()
    builder.Finish(_write(builder, table), _IDENTIFIER)
    return bytes(builder.Output())


def _write(builder: flatbuffers.Builder, value: Any) -> int:
    """Writes text, numbers, a list of tables or a table, by field; returns its place.

    A field that is an integer is in the table itself, as a byte.
    """
    if isinstance(value, str):
        return builder.CreateString(value)
    if isinstance(value, np.ndarray):
        return builder.CreateNumpyVector(value)
    if isinstance(value, list):
        places = [_write(builder, item) for item in value]
        builder.StartVector(4, len(places), 4)
        for place in reversed(places):
            builder.PrependUOffsetTRelative(place)
        return builder.EndVector()
    parts = {
        field: item if isinstance(item, int) else _write(builder, item)
        for field, item in value.items()
    }
    builder.StartObject(max(parts) + 1)
    for field, part in parts.items():
        if isinstance(value[field], int):
            builder.PrependInt8Slot(field, part, 0)
        else:
            builder.PrependUOffsetTRelativeSlot(field, part, 0)
    return builder.EndObject()
