"""Generators of fast weights from gradients: m, an MLP, and d, an LSTM (Appendix A).

Both work on one coordinate of a gradient at a time with weights shared by all
coordinates, so they serve kernels of any shape and number.
"""

from metanet_tf.generators.example_weights import ExampleWeightGenerator
from metanet_tf.generators.task_weights import TaskWeightGenerator

__all__ = ["ExampleWeightGenerator", "TaskWeightGenerator"]
