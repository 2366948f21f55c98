"""How many citizens may be in a room: its cap, or a letter's smaller one, less the officers on duty in it."""
from datetime import date

from onestop.directives.rules import Rules, rules_for
from onestop.directives.states import RuleKind
from onestop.offices.models import Office, Room
from onestop.offices.queries import officers_in_room


def cap_of(room: Room, rules: Rules, kind: RuleKind = RuleKind.ROOM_CAP) -> int:
    """The most people in a room, officers included: the smaller of the room's cap and the letter's (Thường Tín 4, Cà Mau 1)."""
    rule = rules.get(kind)
    people = rule.params.get("people") if rule is not None else None
    return min(room.cap, int(people)) if people is not None else room.cap


def citizens_limit(*, room: Room, office: Office, on: date, part: str) -> int:
    """The most citizens at one time on a day's buổi; never negative."""
    cap = cap_of(room, rules_for(office=office, on=on))
    return max(cap - officers_in_room(room=room, on=on, part=part), 0)
