"""The decoder as a graph, made once for all tests: that takes seconds."""

import tensorflow as tf

from metanet_tf.saved_model.decoding import decode_picture

decode = tf.function(decode_picture, input_signature=[tf.TensorSpec([], tf.string)])
