"""The outbox. tell() writes a message in the caller's own transaction; a worker sends it after the commit."""
from onestop.notify.services.by_hand import discard, retry
from onestop.notify.services.preferences import contact_of, note_preference
from onestop.notify.services.sending import UNREACHABLE_IN_A_ROW, claim, send, send_all
from onestop.notify.services.settling import settle
from onestop.notify.services.spending import CAP_REACHED
from onestop.notify.services.sweeping import PER_JOB, PER_SWEEP, release_stuck, reserve_due, sweep
from onestop.notify.services.unreached import call_given_up, no_longer_needed, told_by_phone
from onestop.notify.services.writing import (
    News,
    Recipient,
    created,
    draft,
    obsolete,
    tell,
    tell_batch,
    tell_many,
    try_gateway,
    written,
)

__all__ = [
    "CAP_REACHED", "PER_JOB", "PER_SWEEP", "UNREACHABLE_IN_A_ROW", "News", "Recipient", "call_given_up", "claim", "contact_of",
    "created", "discard", "draft", "no_longer_needed", "note_preference", "obsolete", "release_stuck", "reserve_due", "retry", "send",
    "send_all", "settle", "sweep", "tell", "tell_batch", "tell_many", "told_by_phone", "try_gateway", "written",
]
