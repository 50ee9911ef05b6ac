"""Accuracy, calibration and open-set rejection of a trained model."""
