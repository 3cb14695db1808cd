from . import common
from . import people
from . import portal
from . import pki
from . import seals
from . import documents
from . import api
from . import odoo
