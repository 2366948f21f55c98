"""The rules of the trade that an installation may set; part of the settings. Each is read from the environment by its own name."""
import re

from onestop.environment import TESTING, env, fail

__all__ = [
    "ACCEPTANCE_WORKING_HOURS",
    "API_RATES",
    "APOLOGIES_PER_DOSSIER",
    "BOOKINGS_PER_PHONE_DAY",
    "BOOKING_CUTOFF_MINUTES",
    "BOOKING_DAYS_AHEAD",
    "BRIDGE_BREAKER_FAILURES",
    "BRIDGE_BREAKER_LONGEST",
    "BRIDGE_FILE_ROWS",
    "BRIDGE_UPLOAD_ROWS",
    "BROADCAST_BYTES",
    "BROADCAST_PER_MINUTE_MOST",
    "BROADCAST_ROWS",
    "BROADCAST_STALL_SECONDS",
    "BULK_MOST",
    "BULK_STALL_SECONDS",
    "CALL_AGAIN_MINUTES",
    "CALL_ATTEMPTS",
    "CAMPAIGN_HOLD_MINUTES",
    "CAMPAIGN_INVITES_A_MINUTE",
    "CAMPAIGN_INVITE_AGAIN_DAYS",
    "CAMPAIGN_LINK_DAYS",
    "CAMPAIGN_LINK_FAILURES",
    "CAMPAIGN_STALL_SECONDS",
    "CARRIER_BREAKER_FAILURES",
    "CARRIER_BREAKER_LONGEST",
    "CARRIER_FILE_ROWS",
    "CARRIER_FILE_SETTLE_SECONDS",
    "CARRIER_WORDS_UNKNOWN",
    "CONTACT_LIST_DAYS",
    "COVER_OFF_DUTY",
    "CROWD_DAYS_AHEAD",
    "CROWD_WARNING_PERCENT",
    "DECIDE_UNPAID",
    "DIGEST_HOUR",
    "DRAFT_DAYS",
    "DRAFT_REMIND_DAYS",
    "DUE_SOON_WORKING_DAYS",
    "EARLY_MINUTES",
    "EXTENSION_STALL_SECONDS",
    "GATEWAY_QUERY_AFTER_SECONDS",
    "GATEWAY_QUERY_MOST",
    "GROUPS_PER_PHONE_DAY",
    "GROUP_MOST",
    "HANDOVER_MOST",
    "HOLD_EXTENSIONS",
    "HOLD_MINUTES",
    "HOME_VISIT_DAYS_AHEAD",
    "LATE_MINUTES",
    "LIST_FILE_HOURS",
    "MANIFEST_ROWS",
    "MESSAGE_BREAKER_FAILURES",
    "MESSAGE_BREAKER_LONGEST",
    "MESSAGE_CALL_DAYS",
    "MESSAGE_HOURS",
    "NATIONAL_PORTAL_KEY",
    "NATIONAL_PORTAL_URL",
    "NO_SHOWS_COUNTED",
    "NO_SHOW_DAYS",
    "NO_SHOW_GRACE_MINUTES",
    "NO_SHOW_NOTICE_DAYS",
    "OFFERS_MOST",
    "OFFER_HOURS",
    "OFFER_MINUTES",
    "OPINION_REMINDER_HOURS",
    "OPINION_WORKING_HOURS",
    "OUTREACH_BYTES",
    "OUTREACH_PEOPLE",
    "OUTREACH_TRIES",
    "PARCEL_ANSWER_DAYS",
    "PAYMENT_DAYS",
    "PAYMENT_MINUTES",
    "PAYMENT_REMIND_DAYS",
    "PHONE_CONFIRMATION",
    "PROPOSAL_WEEKS",
    "QUEUE_BOARD_SECONDS",
    "QUEUE_CALLS",
    "QUEUE_SMS_AHEAD",
    "QUEUE_URGENT_MINUTES",
    "QUEUE_WALK_IN_MINUTES",
    "RECONCILE_DAYS",
    "RELOCATION_ANSWER_HOURS",
    "RELOCATION_MOST_KM",
    "RELOCATION_NEAR_HOURS",
    "RELOCATION_NOTICE_MINUTES",
    "RELOCATION_STALL_SECONDS",
    "REMINDER_HOURS",
    "RESEMBLANCE_DAYS",
    "RESULT_FETCHED_DAYS",
    "RESULT_LINK_DAYS",
    "RESULT_LINK_FAILURES",
    "RESULT_REMIND_DAYS",
    "SETTLEMENT_REMIND_DAYS",
    "SETTLEMENT_ROWS",
    "SETTLEMENT_STALL_SECONDS",
    "SMS_DAILY_CAP",
    "STEP_WORKING_HOURS",
    "SUBMISSIONS_PER_PHONE_DAY",
    "SUBSCRIPTION_DAYS",
    "SUPPLEMENTS_AT_INTAKE",
    "SUPPLEMENTS_IN_APPRAISAL",
    "SUPPLEMENT_AUTO_CLOSE",
    "SUPPLEMENT_REMIND_DAYS",
    "SUPPLEMENT_RESUMES",
    "SWITCH_STALL_SECONDS",
    "ZALO_DAILY_CAP",
]

HOLD_MINUTES = env.int("HOLD_MINUTES", 10)
HOLD_EXTENSIONS = env.int("HOLD_EXTENSIONS", 2)
REMINDER_HOURS = env.list("REMINDER_HOURS", cast=int, default=[24, 2])
# The door. Whoever comes more than so many minutes before their slot is told when to come back; so many minutes after its end
# they still count as on time (later: served after those on time, or moved).
EARLY_MINUTES = env.int("EARLY_MINUTES", 30)
LATE_MINUTES = env.int("LATE_MINUTES", 0)
NO_SHOW_GRACE_MINUTES = env.int("NO_SHOW_GRACE_MINUTES", 60)  # after the end of the session
# Shorter notice, not a ban: after so many no-shows (0: never) within so many days one books at most so many days ahead.
NO_SHOWS_COUNTED = env.int("NO_SHOWS_COUNTED", 2)
NO_SHOW_DAYS = env.int("NO_SHOW_DAYS", 90)
NO_SHOW_NOTICE_DAYS = env.int("NO_SHOW_NOTICE_DAYS", 2)
BOOKING_DAYS_AHEAD = env.int("BOOKING_DAYS_AHEAD", 30)
PROPOSAL_WEEKS = env.int("PROPOSAL_WEEKS", 4)  # the weeks whose dossiers measure the officers' pace for the declaring screen
# The citizen's own limits: bookings a day from one phone (0: no limit), minutes before the time until which a person may move or
# cancel, and whether the phone is confirmed by a code in a text before a booking on the page: off | sms.
BOOKINGS_PER_PHONE_DAY = env.int("BOOKINGS_PER_PHONE_DAY", 5)
BOOKING_CUTOFF_MINUTES = env.int("BOOKING_CUTOFF_MINUTES", 120)
PHONE_CONFIRMATION = env.str("PHONE_CONFIRMATION", "off")
if PHONE_CONFIRMATION not in ("off", "sms"):
    fail("PHONE_CONFIRMATION must be off or sms.")
# The waiting list: minutes one has to answer an offer, the hours of the day between which offers and what ends by itself at
# midnight are texted, and how many offers a person lets pass before they leave the list.
OFFER_MINUTES = env.int("OFFER_MINUTES", 60)
OFFER_HOURS = env.list("OFFER_HOURS", cast=int, default=[7, 20])
OFFERS_MOST = env.int("OFFERS_MOST", 3)
# Group bookings of an organisation: people in one, and groups a day from one contact's phone.
GROUP_MOST = env.int("GROUP_MOST", 30)
GROUPS_PER_PHONE_DAY = env.int("GROUPS_PER_PHONE_DAY", 2)
QUEUE_CALLS = env.int("QUEUE_CALLS", 3)  # how often a number is called before it counts as missed
QUEUE_WALK_IN_MINUTES = env.int("QUEUE_WALK_IN_MINUTES", 30)  # the published rule: how much later than they came walk-ins count
QUEUE_URGENT_MINUTES = env.int("QUEUE_URGENT_MINUTES", 60)  # and how much sooner an urgent procedure counts
QUEUE_BOARD_SECONDS = env.float("QUEUE_BOARD_SECONDS", 0.0 if TESTING else 0.5)  # how old a display's picture of the line may be
QUEUE_SMS_AHEAD = env.int("QUEUE_SMS_AHEAD", 3)  # who is this many places from being called gets a message; 0: nobody
# The call list: minutes until somebody not reached is called again (doubling each time), and after how many tries one gives up.
CALL_AGAIN_MINUTES = env.int("CALL_AGAIN_MINUTES", 30)
CALL_ATTEMPTS = env.int("CALL_ATTEMPTS", 4)
# A buổi is warned of once more than this per cent of its declared dossiers, or of the people its rooms hold, are expected (Cà Mau 2).
CROWD_WARNING_PERCENT = env.int("CROWD_WARNING_PERCENT", 100)
CROWD_DAYS_AHEAD = env.int("CROWD_DAYS_AHEAD", 14)  # days that the forecast looks ahead
RESULT_FETCHED_DAYS = env.int("RESULT_FETCHED_DAYS", 7)  # days within which most people fetch a result that is ready
# Days after which a paper list can no longer be typed in: later, nobody remembers.
RECONCILE_DAYS = env.int("RECONCILE_DAYS", 7)
# Rebooking runs: how many hours around the lost time count as near, how far (km) somebody is sent, how many minutes somebody needs
# at least to reach a new place; hours after which who has not answered is called; seconds without a sign after which a run is resumed.
RELOCATION_NEAR_HOURS = env.int("RELOCATION_NEAR_HOURS", 4)
RELOCATION_MOST_KM = env.int("RELOCATION_MOST_KM", 30)
RELOCATION_NOTICE_MINUTES = env.int("RELOCATION_NOTICE_MINUTES", 60)
RELOCATION_ANSWER_HOURS = env.int("RELOCATION_ANSWER_HOURS", 24)
RELOCATION_STALL_SECONDS = env.int("RELOCATION_STALL_SECONDS", 30)
# Outreach: the most people of one list, the most bytes of an uploaded list, and how many slots are tried for one person.
OUTREACH_PEOPLE = env.int("OUTREACH_PEOPLE", 2000)
OUTREACH_BYTES = env.int("OUTREACH_BYTES", 2 * 1024 * 1024)
OUTREACH_TRIES = env.int("OUTREACH_TRIES", 8)
# Completeness requests (rules.md 6): guidances at intake, and during appraisal (0: as many as rest on a rule); days before the deadline
# on which the citizen is reminded; whether what stays unanswered is closed by rule; whether the clock runs on by the office's
# confirmation or at once by the citizen's answer (office | answer).
SUPPLEMENTS_AT_INTAKE = env.int("SUPPLEMENTS_AT_INTAKE", 1)
SUPPLEMENTS_IN_APPRAISAL = env.int("SUPPLEMENTS_IN_APPRAISAL", 0)
SUPPLEMENT_REMIND_DAYS = env.int("SUPPLEMENT_REMIND_DAYS", 3)
SUPPLEMENT_AUTO_CLOSE = env.bool("SUPPLEMENT_AUTO_CLOSE", True)
SUPPLEMENT_RESUMES = env.str("SUPPLEMENT_RESUMES", "office")
if SUPPLEMENT_RESUMES not in ("office", "answer"):
    fail("SUPPLEMENT_RESUMES must be office or answer.")
APOLOGIES_PER_DOSSIER = env.int("APOLOGIES_PER_DOSSIER", 1)  # how often an office may apologise and give another date (rules.md 6)
EXTENSION_STALL_SECONDS = env.int("EXTENSION_STALL_SECONDS", 30)  # without a sign of a request's job, after which it is resumed
ACCEPTANCE_WORKING_HOURS = env.int("ACCEPTANCE_WORKING_HOURS", 8)
DUE_SOON_WORKING_DAYS = env.int("DUE_SOON_WORKING_DAYS", 2)
# Working hours that a step of the work may take unless another due date is chosen with it (name=hours); a step never ends after the
# dossier itself. 0: no due date of its own.
STEP_WORKING_HOURS = env.dict("STEP_WORKING_HOURS", cast={"value": int}, default={"receive": 8, "handle": 24, "sign": 8, "return": 24})
OPINION_WORKING_HOURS = env.int("OPINION_WORKING_HOURS", 24)  # for an opinion asked of another unit, unless another date is chosen
OPINION_REMINDER_HOURS = env.int("OPINION_REMINDER_HOURS", 24)  # hours before its due date at which the asked unit is reminded
# Dossiers of officers whom the roster has off are given to a present colleague, if they fall due before the officer is back.
COVER_OFF_DUTY = env.bool("COVER_OFF_DUTY", True)
BULK_MOST = env.int("BULK_MOST", 500)  # dossiers that one verb may be done for at once
BULK_STALL_SECONDS = env.int("BULK_STALL_SECONDS", 60)  # seconds without a sign of life after which such a run is taken up again
# Money. Whether a result may be recorded while the citizen still owes; days a request to pay stays open, and days before its end on which
# a reminder goes out; minutes the gateway holds one try to pay open; seconds after which the gateway is asked about a try it has told
# nothing about, and how often at most.
DECIDE_UNPAID = env.bool("DECIDE_UNPAID", False)
PAYMENT_DAYS = env.int("PAYMENT_DAYS", 10)
PAYMENT_REMIND_DAYS = env.int("PAYMENT_REMIND_DAYS", 2)
PAYMENT_MINUTES = env.int("PAYMENT_MINUTES", 15)
GATEWAY_QUERY_AFTER_SECONDS = env.int("GATEWAY_QUERY_AFTER_SECONDS", 120)
GATEWAY_QUERY_MOST = env.int("GATEWAY_QUERY_MOST", 12)
# How many online submissions a day may name one telephone, since each sends it a message; calls with a token are not counted.
SUBMISSIONS_PER_PHONE_DAY = env.int("SUBMISSIONS_PER_PHONE_DAY", 30)
# Drafts of citizens: days without a change until one is thrown away, and how many days before that its owner is reminded.
DRAFT_DAYS = env.int("DRAFT_DAYS", 30)
DRAFT_REMIND_DAYS = env.int("DRAFT_REMIND_DAYS", 3)
# Two dossiers of one person and procedure are looked at by somebody when they came within so many days of each other.
RESEMBLANCE_DAYS = env.int("RESEMBLANCE_DAYS", 30)
# A parcel with missing papers: days the sender is given to send them, unless the officer says otherwise.
PARCEL_ANSWER_DAYS = env.int("PARCEL_ANSWER_DAYS", 15)
# The electronic result: days for which a link to it opens, wrong tries of the second factor after which it is locked; and how many
# days ahead an officer's way to somebody's home is planned.
RESULT_LINK_DAYS = env.int("RESULT_LINK_DAYS", 15)
RESULT_LINK_FAILURES = env.int("RESULT_LINK_FAILURES", 5)
# Days after a result was there on which whoever has not fetched it at the counter is reminded.
RESULT_REMIND_DAYS = env.list("RESULT_REMIND_DAYS", cast=int, default=[7, 15, 30])
# The hour of a working day at which officers and leaders are told what is late and what falls due soon.
DIGEST_HOUR = env.int("DIGEST_HOUR", 7)
if not 0 <= DIGEST_HOUR <= 23:
    fail("DIGEST_HOUR must be an hour of the day, 0 to 23.")
HOME_VISIT_DAYS_AHEAD = env.int("HOME_VISIT_DAYS_AHEAD", 14)
# A switch of the catalogue's channels: seconds without a sign of life after which its job is taken up again.
SWITCH_STALL_SECONDS = env.int("SWITCH_STALL_SECONDS", 60)
# The National Portal: its address ('': nothing goes over HTTP, files do), the key both sides sign with, how many failures in a row
# open the breaker, the longest rest in seconds, and how many dossiers one uploaded file, or one read on the server, may hold.
NATIONAL_PORTAL_URL = env.str("NATIONAL_PORTAL_URL", "").rstrip("/")
NATIONAL_PORTAL_KEY = env.str("NATIONAL_PORTAL_KEY", "")
if NATIONAL_PORTAL_URL and (not NATIONAL_PORTAL_URL.startswith(("http://", "https://")) or not NATIONAL_PORTAL_KEY):
    fail("NATIONAL_PORTAL_URL must start with http:// or https:// and needs NATIONAL_PORTAL_KEY.")
BRIDGE_BREAKER_FAILURES = env.int("BRIDGE_BREAKER_FAILURES", 5)
BRIDGE_BREAKER_LONGEST = env.int("BRIDGE_BREAKER_LONGEST", 900)
BRIDGE_UPLOAD_ROWS = env.int("BRIDGE_UPLOAD_ROWS", 300)
BRIDGE_FILE_ROWS = env.int("BRIDGE_FILE_ROWS", 20_000)
# Shipments in one handover list between an office and a carrier.
HANDOVER_MOST = env.int("HANDOVER_MOST", 200)
# Address campaigns: minutes for which whoever calls somebody keeps colleagues from calling them too; days for which the link of an
# invitation opens, wrong tries of the second factor after which it is locked; invitations a minute, days before who has not answered
# is invited again; seconds without a sign of life after which the job of a list or of its file is taken up again.
CAMPAIGN_HOLD_MINUTES = env.int("CAMPAIGN_HOLD_MINUTES", 15)
LIST_FILE_HOURS = env.int("LIST_FILE_HOURS", 48)  # how long a list that somebody took as a file is kept for them
CAMPAIGN_LINK_DAYS = env.int("CAMPAIGN_LINK_DAYS", 15)
CAMPAIGN_LINK_FAILURES = env.int("CAMPAIGN_LINK_FAILURES", 5)
CAMPAIGN_INVITES_A_MINUTE = env.int("CAMPAIGN_INVITES_A_MINUTE", 300)
CAMPAIGN_INVITE_AGAIN_DAYS = env.int("CAMPAIGN_INVITE_AGAIN_DAYS", 3)
CAMPAIGN_STALL_SECONDS = env.int("CAMPAIGN_STALL_SECONDS", 60)
# Messages. The hours (from, to) in which nobody minds a text: what is not an answer to what the person just did waits for them. Tests
# run at any hour.
MESSAGE_HOURS = env.list("MESSAGE_HOURS", cast=int, default=[0, 24] if TESTING else [7, 20])
if len(MESSAGE_HOURS) != 2 or not 0 <= MESSAGE_HOURS[0] < MESSAGE_HOURS[1] <= 24:
    fail("MESSAGE_HOURS must be two hours of the day, for example 7,20.")
# What a day may cost, in đồng, by channel (0: no cap); what does not fit waits for the next day, or until an administrator raises the cap.
SMS_DAILY_CAP = env.int("SMS_DAILY_CAP", 0)
ZALO_DAILY_CAP = env.int("ZALO_DAILY_CAP", 0)
# How many failures in a row open the breaker of a message gateway, and its longest rest in seconds.
MESSAGE_BREAKER_FAILURES = env.int("MESSAGE_BREAKER_FAILURES", 5)
MESSAGE_BREAKER_LONGEST = env.int("MESSAGE_BREAKER_LONGEST", 600)
MESSAGE_CALL_DAYS = env.int("MESSAGE_CALL_DAYS", 14)  # how long after a message reached nobody the person is still put on the call list
# Carriers: how many failures in a row open the breaker of one, and the longest rest in seconds; how many shipments one manifest may hold;
# how many rows one file of a carrier may hold, and seconds without a change after which it counts as whole; how many words of a carrier
# may wait for their meaning before another unknown one is refused.
CARRIER_BREAKER_FAILURES = env.int("CARRIER_BREAKER_FAILURES", 5)
CARRIER_BREAKER_LONGEST = env.int("CARRIER_BREAKER_LONGEST", 300)
MANIFEST_ROWS = env.int("MANIFEST_ROWS", 2000)
CARRIER_FILE_ROWS = env.int("CARRIER_FILE_ROWS", 20_000)
CARRIER_FILE_SETTLE_SECONDS = env.float("CARRIER_FILE_SETTLE_SECONDS", 0.0 if TESTING else 5.0)
CARRIER_WORDS_UNKNOWN = env.int("CARRIER_WORDS_UNKNOWN", 100)
# Settlement lists of waived fees (letter Khánh Hòa 2): days before the due date on which the administrators are reminded (and again on the
# day), rows that a carrier's file may hold, and seconds without a sign of life after which a job is taken up again.
SETTLEMENT_REMIND_DAYS = env.int("SETTLEMENT_REMIND_DAYS", 5)
SETTLEMENT_ROWS = env.int("SETTLEMENT_ROWS", 50_000)
SETTLEMENT_STALL_SECONDS = env.int("SETTLEMENT_STALL_SECONDS", 60)
# Broadcasts: lines of an uploaded list and its bytes, messages a minute at most, seconds without a sign after which a job is resumed.
BROADCAST_ROWS = env.int("BROADCAST_ROWS", 50_000)
BROADCAST_BYTES = env.int("BROADCAST_BYTES", 8 * 1024 * 1024)
BROADCAST_PER_MINUTE_MOST = env.int("BROADCAST_PER_MINUTE_MOST", 6000)
BROADCAST_STALL_SECONDS = env.int("BROADCAST_STALL_SECONDS", 60)
# Contact data is kept no longer than it is needed (rules.md 9). Days after which a subscription that nobody confirmed is deleted; days
# after the end of a broadcast, an address campaign or a list of invitations after which its people's contact data is. Figures stay.
SUBSCRIPTION_DAYS = env.int("SUBSCRIPTION_DAYS", 7)
CONTACT_LIST_DAYS = env.int("CONTACT_LIST_DAYS", 90)
if SUBSCRIPTION_DAYS < 1 or CONTACT_LIST_DAYS < 1:
    fail("SUBSCRIPTION_DAYS and CONTACT_LIST_DAYS must be at least 1.")
# Calls of the API in a while, by who calls: a token or an address; a carrier and a gateway, which report for a whole province.
API_RATES = {"caller": env.str("API_RATE", "600/min"), "carrier": env.str("CARRIER_API_RATE", "6000/min"),
             "gateway": env.str("GATEWAY_API_RATE", "60000/min")}
if not all(re.fullmatch(r"[1-9]\d{0,8}/(s|sec|m|min|h|hour|d|day)", rate) for rate in API_RATES.values()):
    fail("API_RATE, CARRIER_API_RATE and GATEWAY_API_RATE must be numbers of calls in a while, for example 600/min.")
