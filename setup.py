"""Front for tools that ask for a setup.py; pyproject.toml says what to install."""

from setuptools import setup

setup()
