"""One verb per file: open a transaction, call domain, suggest and store, give back what happened."""
