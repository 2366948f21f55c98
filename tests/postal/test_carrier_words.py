"""Carriers' words: one table, unknown ones kept with their events, applied in any order once somebody says what they mean."""
from datetime import timedelta

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dossiers.models import Dossier
from dossiers.states import ReturnMethod
from dossiers.states import State as DossierState
from onestop import clock
from onestop.notify.models import Message
from onestop.transitions import Refused
from postal import manifests, tasks
from postal.carriers import folder
from postal.carriers.simulator.files import leave
from postal.carriers.words import VERBS
from postal.models import CarrierEvent, CarrierWord, Shipment
from postal.services import dispatch, events, files, pulling, words
from postal.states import ALONG_THE_ROAD, ENDED_BADLY, TRANSITIONS, Adapter, Attention, Direction, Meaning, State

pytestmark = pytest.mark.django_db


def explain(cast, carrier, word, meaning):
    return words.explain(actor=cast.administrator, carrier=carrier, word=word, meaning=meaning)


def test_a_carrier_s_own_word_means_what_its_table_says(ordered, report, cast, carrier):
    explain(cast, carrier, "PTC", Meaning.DELIVERED)
    assert report(ordered, "PTC").json() == {"event_id": f"{ordered}-PTC", "new": True, "applied": True}
    ordered.refresh_from_db()
    assert ordered.state == State.DELIVERED


def test_its_table_comes_before_our_own_words(ordered, report, cast, carrier):
    explain(cast, carrier, "delivered", Meaning.NOTED)
    report(ordered, "delivered")
    ordered.refresh_from_db()
    assert ordered.state == State.ORDERED


def test_an_unknown_word_is_kept_shown_and_applied_once_somebody_explains_it(ordered, report, cast, carrier, client,
                                                                             django_capture_on_commit_callbacks):
    answer = report(ordered, "Đã phát 100%", "e-1", waybill="BD1VN", received_by="Người nhà")
    again = report(ordered, "Đã phát 100%", "e-1")
    assert (answer.status_code, answer.json()["applied"], again.json()["new"]) == (202, False, False)
    row = CarrierWord.objects.get(carrier=carrier)
    assert (row.word, row.meaning, CarrierEvent.objects.get().applied) == ("Đã phát 100%", "", False)
    client.force_login(cast.administrator, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("postal:carrier_words", args=[carrier.pk])
    assert "Đã phát 100%" in client.get(address).content.decode()
    with django_capture_on_commit_callbacks() as jobs:
        client.post(address, {"word": row.word, "meaning": "delivered"})
    assert len(jobs) == 1
    tasks.apply_words(carrier.pk)
    ordered.refresh_from_db()
    assert (ordered.state, ordered.received_by, CarrierEvent.objects.get().applied) == (State.DELIVERED, "Người nhà", True)
    assert Dossier.objects.get().state == DossierState.RETURNED
    assert report(ordered, "Đã phát 100%", "e-1").json() == {"event_id": "e-1", "new": False, "applied": True}


def test_a_lost_job_is_made_good_by_the_sweep(ordered, report, cast, carrier):
    report(ordered, "X1")
    explain(cast, carrier, "X1", Meaning.COLLECTED)
    files.sweep()
    ordered.refresh_from_db()
    assert ordered.state == State.COLLECTED
    assert events.apply_explained() == 0


def test_many_waiting_events_are_applied_in_parts(ordered, report, cast, carrier, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(events, "PER_JOB", 2)
    for number in range(3):
        report(ordered, "X1", f"e-{number}")
    explain(cast, carrier, "X1", Meaning.ATTEMPTED)
    with django_capture_on_commit_callbacks() as jobs:
        assert events.apply_waiting(carrier.pk) == 2
    assert [job.args for job in jobs if job.args[0] == "postal.apply_words"] == [("postal.apply_words", (carrier.pk,))]
    assert events.apply_waiting(carrier.pk) == 1
    ordered.refresh_from_db()
    assert ordered.delivery_attempts == 3


def test_too_many_unknown_words_are_a_mistake_and_refused(ordered, report, settings):
    settings.CARRIER_WORDS_UNKNOWN = 2
    assert [report(ordered, word).status_code for word in ("a", "b", "c", "a")] == [202, 202, 422, 202]
    assert CarrierWord.objects.count() == 2


def test_only_the_administrator_says_what_a_word_means(cast, carrier):
    for actor, word, meaning in ((cast.desk, "x", "delivered"), (cast.administrator, "", "delivered"), (cast.administrator, "x", "eaten")):
        with pytest.raises(Refused):
            words.explain(actor=actor, carrier=carrier, word=word, meaning=meaning)
    row = explain(cast, carrier, "x", "lost")
    explain(cast, carrier, "x", "lost")
    words.drop(actor=cast.administrator, word=row)
    assert [change.verb for change in carrier.changes.order_by("pk")] == ["explain", "drop_word"]


# --- direction and attempts ---------------------------------------------------------------------------------------

def test_papers_that_come_in_reach_the_office_and_hand_nothing_over(ordered, report):
    Dossier.objects.update(state=DossierState.PROCESSING, return_method=ReturnMethod.COUNTER)
    Shipment.objects.update(direction=Direction.IN)
    report(ordered, "delivered")
    ordered.refresh_from_db()
    assert (ordered.state, ordered.attention, Dossier.objects.get().state) == (State.DELIVERED, Attention.ARRIVED, DossierState.PROCESSING)
    assert ordered.delivered_at and ordered.arrived_at is None, "the office has not taken them in yet"
    assert not Message.objects.filter(template_key__in=["shipment_delivered", "dossier_returned"]).exists()


def test_each_failed_try_is_counted_told_once_and_somebody_asks(ordered, report):
    for number in (1, 1, 2):
        report(ordered, "attempted", f"try-{number}", note="Vắng nhà")
    ordered.refresh_from_db()
    assert (ordered.delivery_attempts, ordered.attention, ordered.state) == (2, Attention.ADDRESS, State.ORDERED)
    told = Message.objects.filter(template_key="shipment_attempted")
    assert told.count() == 2 and "Vắng nhà" in told[0].body
    report(ordered, "in_transit")
    ordered.refresh_from_db()
    assert ordered.attention == Attention.ADDRESS, "moving on answers nothing"
    report(ordered, "delivered")
    report(ordered, "attempted", "try-3")
    ordered.refresh_from_db()
    assert (ordered.attention, ordered.delivery_attempts, told.count()) == ("", 3, 2)


def test_news_of_a_cancelled_shipment_is_a_dispute(ordered, report):
    Shipment.objects.update(state=State.CANCELLED)
    report(ordered, "collected")
    ordered.refresh_from_db()
    assert (ordered.state, ordered.attention) == (State.CANCELLED, Attention.DISPUTED)


REPORTS = st.lists(st.tuples(st.sampled_from(sorted(VERBS)), st.integers(0, 2), st.booleans()), min_size=1, max_size=8)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=REPORTS, order=st.randoms(use_true_random=False))
def test_any_order_with_repeats_by_http_or_file_ends_the_same(decided, by_file, told, order):
    """The same events, shuffled, repeated, each by HTTP or by file: the same state, moments, attempts and attention."""
    start = clock.now() - timedelta(hours=9)
    repeated = [*told, *told[::2]]
    order.shuffle(repeated)
    ends = [_end(decided, by_file, sequence, start) for sequence in (told, repeated)]
    assert ends[0] == ends[1]
    reached = [TRANSITIONS[verb][1] for word, _hour, _way in told if (verb := VERBS[word])]
    state, attention = ends[0][0], ends[0][-1]
    assert state == max(reached, key=ALONG_THE_ROAD.index, default=State.ORDERED)
    assert (attention == Attention.ENDED) == (state in ENDED_BADLY)


def _end(decided, carrier, told, start):
    number = Shipment.objects.count() + 1
    decided(number)
    pulling.pull_decided()
    shipment = Shipment.objects.latest("pk")
    Shipment.objects.filter(pk=shipment.pk).update(state=State.ORDERED, ordered_at=start)
    for index, (word, hour, by_http) in enumerate(told):
        moment, event = start + timedelta(hours=hour), f"{number}-{word}-{hour}"
        if by_http:
            events.receive(carrier=carrier, report=events.Report(event, shipment.key, word, moment))
        else:
            content = _file(shipment.key, word, moment, event, index)
            leave(folder.home(carrier) / "in", f"{number}-{index}.csv", content)
            files.collect(carrier)
    shipment.refresh_from_db()
    dossier = Dossier.objects.get(pk=shipment.dossier_id).state
    return (shipment.state, dossier, shipment.collected_at, shipment.returned_at, shipment.delivered_at, shipment.delivery_attempts,
            shipment.attention)


def _file(key, word, moment, event, index):
    header = (*manifests.ANSWER_HEADER, "Mã sự kiện")
    return manifests.written("csv", header, [(str(key), "", word, moment.isoformat(), str(index), "", event)])


def test_a_carrier_by_file_may_report_over_http_as_well(decided, by_file, report):
    decided()
    pulling.pull_decided()
    files.sweep()
    shipment = Shipment.objects.get()
    assert (by_file.adapter, dispatch.sweep()) == (Adapter.FILE, 0)
    assert report(shipment, "delivered", carrier="tep").status_code == 202
