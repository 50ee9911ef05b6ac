"""Helpers that know nothing of Meta Networks: errors, files, flags, threads."""
