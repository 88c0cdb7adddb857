"""The rules of coding: standard library only, no input or output."""
