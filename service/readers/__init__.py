"""One file per format: bytes in, domain objects out."""
