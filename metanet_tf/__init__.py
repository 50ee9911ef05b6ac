"""Meta Networks (Munkhdalai and Yu, ICML 2017) in TensorFlow and Keras 3."""
