from . import esign_development
from . import esign_development_people
from . import esign_development_enterprises
from . import esign_development_seals
from . import esign_development_contracts
