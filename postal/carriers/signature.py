"""The signature shared with carriers, under its old name."""
from onestop.signature import HEADER, matches, sign

__all__ = ["HEADER", "matches", "sign"]
