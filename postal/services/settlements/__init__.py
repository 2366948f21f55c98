"""Settlement lists: what a payer owes a carrier for a period, line by line beside the carrier's own file, approved, then frozen."""
from postal.services.settlements.approving import approve, drop
from postal.services.settlements.deciding import decide, decide_all
from postal.services.settlements.exporting import export, export_missing
from postal.services.settlements.making import make, refill, upload
from postal.services.settlements.reminding import remind
from postal.services.settlements.working import resume, work

__all__ = ["approve", "decide", "decide_all", "drop", "export", "export_missing", "make", "refill", "remind", "resume", "upload", "work"]
