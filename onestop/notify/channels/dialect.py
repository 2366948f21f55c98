"""PURE: one gateway's way of speaking: how a message becomes its request, and what its answers and delivery reports mean.

A path such as 'data.msg_id' names a place in nested JSON.
"""
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from onestop.notify.channels import Outcome, Permanent, Sent, Temporary
from onestop.notify.channels.answers import Answer
from onestop.people.words import clean

# The portal's own access is at fault (address, key, payment, proxy), not the text: it goes out once that is put right.
OUR_OWN_FAULT = frozenset({401, 402, 403, 404, 405, 407})
DELIVERED, FAILED = "delivered", "failed"  # what a gateway's word may mean; any other is only kept
WORDS = {"delivered": DELIVERED, "delivrd": DELIVERED, "read": DELIVERED, "failed": FAILED, "undeliv": FAILED, "undelivered": FAILED,
         "expired": FAILED, "rejected": FAILED, "rejectd": FAILED}
REPORT_FIELDS = {"report": "report_id", "key": "id", "id": "message_id", "status": "status"}


@dataclass(frozen=True)
class Dialect:
    """A gateway as its row, or the settings, describe it."""

    url: str
    key: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    answers: Mapping[str, Any] = field(default_factory=dict)

    def body(self, values: Mapping[str, str]) -> bytes:
        """The request: constant fields, then those of `values` that the gateway has a name for."""
        content: dict[str, Any] = json.loads(json.dumps(dict(self.extra)))
        for name, path in self.fields.items():
            if name in values:
                _put(content, str(path), values[name])
        return json.dumps(content, ensure_ascii=False).encode()

    def header_lines(self, key: str) -> dict[str, str]:
        """The headers: our key, and who we are."""
        given = self.headers or ({"Authorization": "Bearer {key}"} if self.key else {})
        return {"Idempotency-Key": key, **{name: str(text).replace("{key}", self.key) for name, text in given.items()}}

    @property
    def knows_repeats(self) -> bool:
        """Whether the gateway surely tells a repeated request by our key."""
        return "duplicate" in self.answers and not self.answers.get("one_by_one")

    def understood(self, answer: Answer) -> Outcome:
        """What an answer means. An error in the body of a good answer counts as what the gateway's own table says of it; an error that
        stands in no table leaves open whether the text was taken."""
        found = dig(answer.data, self.answers.get("id", "")) or answer.data.get("message_id") or answer.data.get("id") or ""
        code = _code(answer.data, self.answers)
        if answer.duplicate or code in _listed(self.answers, "duplicate"):
            return Sent(provider_id=clean(str(found))[:80])
        if code is not None and code in _listed(self.answers, "permanent"):
            return Permanent(answer.reason)
        if code is not None and code in _listed(self.answers, "own"):
            return Temporary(answer.reason, untaken=True)
        if code is not None and code in _listed(self.answers, "wait"):
            return Temporary(answer.reason, untaken=True, pause=answer.pause or 1.0)
        if answer.good:
            good = code is None or code in (_listed(self.answers, "good") or (code,))
            return Sent(provider_id=clean(str(found))[:80]) if good else Temporary(answer.reason)
        if answer.status == 429:
            return Temporary(answer.reason, untaken=True, pause=answer.pause or 1.0)
        return Temporary(answer.reason, untaken=True) if answer.status in OUR_OWN_FAULT else answer.failure()


def dig(data: Any, path: str) -> Any:
    """What stands at a path; None where nothing does."""
    for name in str(path).split(".") if path else ():
        data = data.get(name) if isinstance(data, dict) else None
    return data if path else None


def _put(content: dict[str, Any], path: str, value: str) -> None:
    *above, last = path.split(".")
    for name in above:
        below = content.setdefault(name, {})
        if not isinstance(below, dict):
            below = content[name] = {}
        content = below
    content[last] = value


def _code(data: Mapping[str, Any], answers: Mapping[str, Any]) -> str | None:
    found = dig(data, str(answers.get("code", "")))
    return None if found is None else str(found)


def _listed(answers: Mapping[str, Any], name: str) -> Sequence[str]:
    given = answers.get(name) or ()
    return [str(item) for item in given] if isinstance(given, (list, tuple)) else [str(given)]


@dataclass(frozen=True)
class Told:
    """A delivery report in our words. `meaning` is '' where the gateway's word only says that it is on its way."""

    report: str
    key: str
    provider_id: str
    word: str
    meaning: str


def told(data: Mapping[str, Any], mapping: Mapping[str, Any]) -> Told:
    """A report by the gateway's own mapping; names it does not change are those of REPORT_FIELDS."""
    found = {name: dig(data, str(mapping.get(name) or path)) for name, path in REPORT_FIELDS.items()}
    text = {name: "" if value is None or isinstance(value, (dict, list)) else clean(str(value)) for name, value in found.items()}
    words = mapping.get("words")
    words = words if isinstance(words, dict) else {}
    meaning = words.get(text["status"], "") if words else WORDS.get(text["status"].lower(), "")
    return Told(text["report"], text["key"], text["id"], text["status"], str(meaning))
