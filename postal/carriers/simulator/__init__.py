"""A carrier, its files, two SMS gateways and a Zalo account for demonstrations and tests: a real HTTP server that can be told to misbehave.

POST /orders takes signed orders, once for each Idempotency-Key, and answers with a waybill; /v2/orders does so in a carrier's own names.
Then collected, in_transit and delivered are reported to the portal, signed, again and again until they are accepted. POST /sms, /sms2 and
/zalo take texts, once for each id, and their delivery is reported to the portal. A folder of files is read and answered in the same way.

GET /log tells everything and the portal's answers by status code, /counts only how much, /sms, /sms2, /zalo the texts. POST /faults lets
things go wrong, by door:
{"orders": {"delay": seconds, "fail": n, "lose": n, "rate": a second}, the same for "sms", "sms2" and "zalo";
"events": {"delay": seconds, "lose": n, "duplicate": n, "reorder": n}, the same for "reports", which can be "undelivered", and "files",
which can be "garbled"}. Without a door, delay, fail and lose hold for every door, duplicate for events. POST /story {"steps": […],
"words": {step: the carrier's own word}} says what the next orders go through. With a journal it goes on where it was after a kill.
"""
from postal.carriers.simulator.book import Book
from postal.carriers.simulator.server import Simulator

__all__ = ["Book", "Simulator"]
