"""The ground floor of the portal: settings, clock, working time and the foundations above them."""
from onestop.celery import app as celery_app

__all__ = ["celery_app"]
