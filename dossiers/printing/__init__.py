"""The printed forms as PDF (typst): one function from facts to bytes. Facts are data, never part of the source."""
from dossiers.printing.render import render, tracking_qr, version
from dossiers.printing.tables import Column, Sheet, write_pdf, write_xlsx

__all__ = ["Column", "Sheet", "render", "tracking_qr", "version", "write_pdf", "write_xlsx"]
