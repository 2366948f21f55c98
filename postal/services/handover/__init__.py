"""Handover lists between an office and a carrier, in both directions: begun, filled by scanning, counted, cleaned, sealed, signed."""
from postal.services.handover.closing import Signing, close
from postal.services.handover.finding import Way, find, way_of
from postal.services.handover.lists import clean_off, count, drop, open_list, take_out
from postal.services.handover.scanning import Scanned, scan

__all__ = ["Scanned", "Signing", "Way", "clean_off", "close", "count", "drop", "find", "open_list", "scan", "take_out", "way_of"]
