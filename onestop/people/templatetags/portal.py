"""Template tags and filters of the portal's own."""
from django import template

register = template.Library()
