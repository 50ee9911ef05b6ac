"""Measures training steps and classifications, and counts their arithmetic."""
