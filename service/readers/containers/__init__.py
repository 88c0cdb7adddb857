"""What files are packed in, read with care: archives, XML, sheets, databases, separated values, encodings."""
