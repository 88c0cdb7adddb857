"""Readers: one file per format, each turning bytes into what was spoken and by whom."""
