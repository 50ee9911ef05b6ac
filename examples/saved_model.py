#!/usr/bin/env python3
"""Names pictures with an exported model: TensorFlow, and nothing of this package.

    python examples/saved_model.py runs/demo/export runs/demo/task

The task folder, which bin/draw_task draws, holds examples in support/<class>/ and
pictures to be named in query/<class>/.
"""

import pathlib
import sys

import tensorflow as tf

folders = [pathlib.Path(argument) for argument in sys.argv[1:]]
if len(folders) != 2 or not all(folder.is_dir() for folder in folders):
    sys.exit(f"Give the folders of an export and of a task.\n\n{__doc__}")
export_dir, task = folders
support = sorted(task.glob("support/*/*.png"))
queries = sorted(task.glob("query/*/*.png"))
classes = sorted({path.parent.name for path in support})

model = tf.saved_model.load(str(export_dir))
answer = model.signatures["classify_encoded"](
    support_images=tf.constant([path.read_bytes() for path in support]),
    support_labels=tf.constant([classes.index(path.parent.name) for path in support]),
    query_images=tf.constant([path.read_bytes() for path in queries]),
)
names = [classes[label] for label in answer["labels"].numpy()]
for path, name in zip(queries, names, strict=True):
    print(path, name)
right = sum(path.parent.name == name for path, name in zip(queries, names, strict=True))
print(f"{right} of {len(queries)} right, without any code of metanet_tf.")
