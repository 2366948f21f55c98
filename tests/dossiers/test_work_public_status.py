"""The public status follows from the axes: the whole table (rules.md 4)."""
from itertools import product

import pytest

from dossiers.states import PUBLIC_CODE, PUBLIC_NAME, Handover, Money, State, Sync, public_code
from tests.dossiers.work import browser, text_of, url

EXPECTED = {"submitted": 1, "accepted": 2, "refused": 3, "processing": 4, "supplement": 5, "payment": 6, "withdrawn": 7, "stopped": 8,
            "decided": 9, "returned": 10}


@pytest.mark.parametrize(("state", "money", "handover"), list(product(State.values, Money.values, Handover.values)))
def test_every_combination_of_axes_has_one_of_the_ten_codes(state, money, handover):
    code = public_code(state, money, handover)
    if state == "decided" and handover == "delivered":
        assert code == 10
    elif state == "payment" and money in ("paid", "exempt"):
        assert code == 4
    else:
        assert code == EXPECTED[state]


def test_every_state_has_its_own_code_and_every_code_a_name():
    assert sorted(PUBLIC_CODE[state] for state in State) == sorted(PUBLIC_NAME) == list(range(1, 11))


def test_a_page_shows_the_derived_status_and_the_four_axes(cast, desk, morning):
    dossier = desk.receive()
    dossier.money, dossier.sync = Money.PAID, Sync.BEHIND
    dossier.save(update_fields=["money", "sync"])
    page = text_of(browser(cast.specialist).get(url("detail", dossier.pk)))
    for words in ("2. Được tiếp nhận", "Đã nộp tiền", "Chưa có kết quả", "Chờ đồng bộ"):
        assert words in page
