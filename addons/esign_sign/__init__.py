from . import controllers, models, wizards
from .tools import quiet_links

quiet_links.install()
