"""The online payment gateway in the VNPAY manner: signed addresses, its answers, its queries, and a simulator of it."""
