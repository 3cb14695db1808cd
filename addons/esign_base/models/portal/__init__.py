from . import esign_portal
from . import esign_portal_errors
from . import esign_portal_people
from . import esign_portal_seals
