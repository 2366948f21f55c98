"""The gateway's signatures and the QR of a transfer, against published examples; a file's lines, whatever they are called."""
from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossiers.gateway import signing, statements, vietqr
from onestop import clock

# The example of a pay address in VNPAY's public description of its interface.
EXAMPLE = ("vnp_Amount=1806000&vnp_Command=pay&vnp_CreateDate=20210801153333&vnp_CurrCode=VND&vnp_IpAddr=127.0.0.1&vnp_Locale=vn"
           "&vnp_OrderInfo=Thanh+toan+don+hang+%3A5&vnp_OrderType=other&vnp_ReturnUrl=https%3A%2F%2Fdomainmerchant.vn%2FReturnUrl"
           "&vnp_TmnCode=DEMOV210&vnp_TxnRef=5&vnp_Version=2.1.0")
SECRET = "khoa-bi-mat-thu"
NAMES = st.sampled_from(["vnp_Amount", "vnp_TxnRef", "vnp_ResponseCode", "vnp_TmnCode", "vnp_OrderInfo", "vnp_Bank"])
FIELDS = st.dictionaries(NAMES, st.text(st.characters(codec="utf-8"), min_size=1, max_size=20), min_size=1)


def test_the_signed_text_is_the_published_one_whatever_the_order():
    fields = dict(reversed(parse_qsl(EXAMPLE)))
    assert signing.signed_text(fields) == EXAMPLE
    assert signing.signed_text({**fields, "vnp_SecureHash": "x", "vnp_SecureHashType": "y", "vnp_BankCode": "", "other": "1"}) == EXAMPLE


def test_hmac_sha512_is_the_one_of_rfc_4231():
    assert signing._mac("Jefe", "what do ya want for nothing?").startswith("164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd6")


def test_an_address_carries_hundredths_vietnams_time_and_its_signature():
    at = clock.at(clock.today(), 23, 50)
    asked = signing.Payment("TTABCDEFGH01", 50_000, "Thanh toan phi", "http://localhost/back", "127.0.0.1", at, at + timedelta(minutes=15))
    fields = dict(parse_qsl(urlsplit(signing.pay_url("https://gateway.example/pay", "MOTCUA01", SECRET, asked)).query))
    assert fields["vnp_Amount"] == "5000000" and fields["vnp_CurrCode"] == "VND"
    assert fields["vnp_CreateDate"] == f"{at:%Y%m%d}235000" and fields["vnp_ExpireDate"][8:] == "000500"
    assert signing.fits(SECRET, fields) and not signing.fits("another", fields) and not signing.fits("", fields)


@given(FIELDS, NAMES, st.text(st.characters(codec="utf-8"), min_size=1, max_size=20))
def test_whoever_changes_a_field_breaks_the_signature(fields, name, value):
    signed = {**fields, signing.SIGNATURE: signing.sign(SECRET, fields)}
    assert signing.fits(SECRET, signed)
    assert signing.fits(SECRET, {**signed, name: value}) == (fields.get(name) == value)


def test_odd_amounts_are_no_amount():
    for text in ("", "-100", "1e6", "150", "100.0", "٣٠٠", "9" * 40):
        assert signing.read({"vnp_Amount": text}).amount is None
    assert signing.read({"vnp_Amount": "300"}).amount == 3


def test_success_needs_both_codes():
    for code, status, success, pending in (("00", "00", True, False), ("00", "02", False, False), ("24", "02", False, False),
                                           ("00", "01", False, True), ("07", "07", False, True), ("24", "", False, False)):
        told = signing.read({"vnp_ResponseCode": code, "vnp_TransactionStatus": status})
        assert (told.success, told.pending) == (success, pending), (code, status)


def test_the_qr_of_a_transfer_is_the_published_example():
    made = vietqr.payload(bank="970415", account="113366668888", amount=79_000, purpose="Ung Ho Quy Vac Xin")
    assert made == ("00020101021238560010A0000007270126000697041501121133666688880208QRIBFTTA53037045405790005802VN"
                    "62220818Ung Ho Quy Vac Xin63043ACF")
    assert vietqr.crc("123456789") == "29B1"


@pytest.mark.parametrize("wrong", [{"bank": "97041"}, {"account": "1 2"}, {"amount": 0}, {"purpose": "phí"}, {"purpose": "x" * 26}])
def test_what_the_qr_cannot_carry_is_refused(wrong):
    with pytest.raises(ValueError, match=r"digits|positive"):
        vietqr.payload(**{"bank": "970415", "account": "113366668888", "amount": 1, "purpose": "TTABCDEFGH", **wrong})


@pytest.mark.parametrize(("text", "amount"), [("50000", 50000), ("50.000", 50000), ("1,250,000", 1250000), ("50.000,00", 50000),
                                              ("50,000.00 VND", 50000), ("+ 50 000 đ", 50000), ("50000.00", 50000), ("50,5", None),
                                              ("-50000", None), ("1.000,000", None), ("x", None)])
def test_amounts_as_banks_write_them(text, amount):
    assert statements.amount_of(text) == amount


def test_a_banks_file_is_read_below_its_letterhead():
    text = ("\ufeffNgân hàng mẫu;;;\nTài khoản;0000000000;;\nNgày;Số tham chiếu;Ghi có;Nội dung\n"
            "25/11/2026;FT1;50.000;MBVCB.1.tt abcd efgh.CT tu 123\n25/11/2026;FT2;;chi tien\n;;;\n25/11/2026;FT3;xx;khac\n")
    found = statements.lines(text.encode())
    assert [(line.reference, line.numbers, line.amount) for line in found] == [("FT1", ("TTABCDEFGH",), 50000), ("FT3", (), None)]


def test_a_gateways_file_counts_in_hundredths_where_it_says_so():
    found = statements.lines(b"vnp_TxnRef,vnp_Amount\nTTABCDEFGH01,5000000\nTTABCDEFGH02,5000050\n")
    assert [line.amount for line in found] == [50000, None]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"mot,hai\nba,bon\n", b"so tien\n1\n"])
def test_what_is_no_statement_is_said_to_be_none(content):
    with pytest.raises(statements.Unreadable):
        statements.lines(content)
