"""Names for rows, and secrets of which only a hash is stored."""

import hashlib
import secrets
import time


def new_id() -> str:
    """Return a fresh id: the milliseconds, so that indexes grow at their end, then 48 random bits. It is no secret."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(6)}"


def new_secret() -> str:
    """Return a fresh secret of 256 bits."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return what is stored instead of a secret or a text: its SHA-256."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
