"""PURE: HMAC-SHA256 over the exact bytes of a body, with the key shared with a partner (carrier, message gateway); the same in both
directions."""
import hashlib
import hmac

HEADER = "X-Signature"


def sign(key: str, body: bytes) -> str:
    """'sha256=' and the hex digest, as it stands in the header X-Signature."""
    return "sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def matches(key: str, body: bytes, given: str) -> bool:
    """Whether `given` is the signature of `body`, compared in constant time."""
    return hmac.compare_digest(sign(key, body).encode(), given.strip().lower().encode())
