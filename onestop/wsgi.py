"""WSGI entry point."""
import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onestop.settings")

application = get_wsgi_application()
# What is loaded now stays for ever: the collector need not walk through it again at each of its rounds, and the web processes
# that are forked from here go on sharing it.
gc.collect()
gc.freeze()
