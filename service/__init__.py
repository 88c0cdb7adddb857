"""Inkling: suggests qualitative codes for interview segments; a person decides."""

__version__ = "0.1.0"
