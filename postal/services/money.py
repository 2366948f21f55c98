"""The sweep of the post's money: each part by itself, so that a fault in one keeps none of the others waiting."""
from onestop.patience import each_part
from postal.services import fees, settlements, waivers


def sweep() -> dict[str, int]:
    """Final prices of what was collected, jobs that died, waivers that have ended, due dates, files that are missing."""
    return each_part("postal.sweep_money", {
        "prices": fees.settle_prices, "waivers": waivers.resume, "settlements": settlements.resume, "files": settlements.export_missing,
        "reminders": settlements.remind})
