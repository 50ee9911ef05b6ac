import subprocess
import sys

import pytest
import tensorflow as tf

from metanet_tf.config import TrainingConfig
from metanet_tf.training.devices import make_strategy

# Devices can be divided only before TensorFlow has used them: in a process of its own.
TWO_DEVICES = """
import sys

import numpy as np
import tensorflow as tf

from metanet_tf.config import (
    DataConfig, EpisodeConfig, ModelConfig, RunConfig, TrainingConfig
)
from metanet_tf.utils.errors import InputError
from metanet_tf.training.devices import make_strategy
from metanet_tf.training.run import Run

cpu = tf.config.list_physical_devices("CPU")[0]
halves = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(cpu, halves)

try:
    make_strategy(TrainingConfig(strategy="mirrored", episodes_per_step=3))
    sys.exit("3 episodes were accepted for 2 devices")
except InputError as error:
    print(error)


def weights(strategy):
    training = TrainingConfig(
        train_dir=f"{sys.argv[1]}/{strategy}", seed=1, steps=2, episodes_per_step=2,
        strategy=strategy, validation_episodes=2, attention_loss_weight=1.0,
    )
    model = ModelConfig(
        blocks=2, filters=4, hidden_units=8, generator_units=4, augmented_layers=2,
        normalization="batch",
    )
    data = DataConfig(image_size=8, validation_classes=3)
    run = Run(RunConfig(data, EpisodeConfig(3, 1, 2), model, training))
    run.train()
    return [v.numpy() for v in run._model.variables]


one, two = weights("one_device"), weights("mirrored")
for expected, found in zip(one, two):
    np.testing.assert_allclose(found, expected, atol=1e-6)
"""


def test_one_device_is_the_strategy_in_force():
    assert make_strategy(TrainingConfig()) is tf.distribute.get_strategy()


@pytest.mark.slow
def test_two_devices_train_to_the_same_weights_as_one(tmp_path):
    command = [sys.executable, "-c", TWO_DEVICES, str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "`episodes_per_step` must be a multiple" in result.stdout
