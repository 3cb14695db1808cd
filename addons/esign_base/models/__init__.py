from . import esign_person
from . import esign_identity
