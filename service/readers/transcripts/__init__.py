"""One file per format of transcripts, and how lines become what was said by whom."""
