from . import esign_seal_kind
from . import esign_seal
from . import esign_seal_artwork
from . import esign_seal_person
from . import esign_seal_usage
from . import esign_handwriting
from . import esign_person_seals
