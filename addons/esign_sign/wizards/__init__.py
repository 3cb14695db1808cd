from . import esign_extend_wizard
