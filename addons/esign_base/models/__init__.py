from . import esign_person
from . import esign_identity
from . import esign_portal
from . import ir_http
