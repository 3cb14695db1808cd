from . import common
from . import documents
from . import people
from . import pki
from . import seals
from . import portal
from . import api
from . import odoo
