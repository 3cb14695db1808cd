from . import esign_reason_wizard
