"""The Celery application; queues are named by the app whose tasks run in them."""
import os

from celery import Celery

from onestop import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onestop.settings")

broker.register()
app = Celery("onestop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
