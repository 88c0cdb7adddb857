"""One file per format in which work is taken elsewhere: codings in, a file out. Nothing here knows the store."""
