"""PURE: which colour a state has. The colour only repeats what the word beside it says."""

TONES: dict[str, tuple[str, ...]] = {
    "info": (
        "submitted", "booked", "created", "sending", "processing", "checked_in", "requested", "planned",
        "in_transit", "accepted_by_carrier", "dispatched", "announced", "collecting", "executing", "proposed",
        "held", "started", "new", "on_the_way", "assigned", "assessing", "registered", "queued", "behind", "ready", "previewed",
    ),
    "good": (
        "accepted", "done", "decided", "returned", "sent", "delivered", "open", "approved", "inside", "in_force",
        "running", "active", "free", "executed", "paid", "exempt", "signed", "available", "usable", "low", "filed", "answered", "applied",
        "made", "different", "clean",
    ),
    "warn": (
        "supplement", "payment", "due", "temporary", "due_soon", "few", "review", "needs_review", "stopped", "waiting",
        "paused", "failed_attempt", "draft", "pending", "suspended", "partly", "demonstration", "medium", "missing", "asked", "suspected",
        "unchecked", "kept",
    ),
    "bad": (
        "refused", "overdue", "cancelled", "no_show", "refused_entry", "permanent", "technical", "rejected",
        "failed", "full", "lost", "conflict", "closed", "revoked", "urgent", "infected", "high", "given_up", "same",
    ),
}
_BY_STATE = {state: tone for tone, states in TONES.items() for state in states}


def tone_of(state: str) -> str:
    """info, good, warn or bad; neutral for what ended quietly or isn't known."""
    return _BY_STATE.get(state, "neutral")
