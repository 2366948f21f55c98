"""The printed forms as PDF (typst): one function from facts to bytes. Facts are data, never part of the source."""
from dossiers.printing.render import render, tracking_qr

__all__ = ["render", "tracking_qr"]
