import io
import zipfile

from metanet_tf.demo.downloads import zip_examples, zip_folder
from metanet_tf.demo.support_set import TaughtClass
from metanet_tf.demo.uploads import shrink
from metanet_tf.one_shot.support_folder import read_support_folder


def test_saved_examples_are_a_folder_of_examples(support_set, picture, tmp_path):
    uploaded = TaughtClass("rim", (shrink(picture(9), "9.png"),))
    support_set = (*support_set, uploaded)
    with zipfile.ZipFile(io.BytesIO(zip_examples(support_set))) as archive:
        archive.extractall(tmp_path)
    paths, names = read_support_folder(tmp_path / "my_classes")
    read = [(name, path.read_bytes()) for path, name in zip(paths, names, strict=True)]
    assert sorted(read) == sorted(
        (name, example) for name, examples in support_set for example in examples
    )


def test_a_folder_is_zipped_with_its_name(tmp_path):
    (tmp_path / "model" / "1").mkdir(parents=True)
    (tmp_path / "model" / "1" / "weights").write_text("w")
    with zipfile.ZipFile(io.BytesIO(zip_folder(tmp_path / "model"))) as archive:
        assert archive.read("model/1/weights") == b"w"
