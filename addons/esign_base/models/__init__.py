from . import esign_portal
from . import ir_http
