"""Money: what is asked, how it comes in, what the gateway says, and how the day's figures are compared. Whole đồng only."""
from dossiers.services.dues import set_fee
from dossiers.services.payments.asking import ask, cancel, pay_address, refund
from dossiers.services.payments.attempts import ask_gateway, gateway_open, genuine, heard, start_attempt
from dossiers.services.payments.cash import cash
from dossiers.services.payments.exemptions import exempt, save_ground
from dossiers.services.payments.reconciling import reconcile
from dossiers.services.payments.settling import settle
from dossiers.services.payments.sweeps import sweep

__all__ = ["ask", "ask_gateway", "cancel", "cash", "exempt", "gateway_open", "genuine", "heard", "pay_address", "reconcile", "refund",
           "save_ground", "set_fee", "settle", "start_attempt", "sweep"]
