"""Address campaigns (Khánh Hòa 2, Thường Tín 5): the list, the calls, the invitations, what people answer, the end."""
from postal.services.campaigns.answering import answer, found_by
from postal.services.campaigns.calling import Answer, call_again, claim_next, record, take
from postal.services.campaigns.freezing import freeze
from postal.services.campaigns.inviting import invite, start_inviting, stop_inviting
from postal.services.campaigns.making import Plan, add_new, close, make
from postal.services.campaigns.sweeping import sweep

__all__ = ["Answer", "Plan", "add_new", "answer", "call_again", "claim_next", "close", "found_by", "freeze", "invite", "make", "record",
           "start_inviting", "stop_inviting", "sweep", "take"]
