from . import esign_demo
from . import esign_demo_people
from . import esign_demo_enterprises
from . import esign_demo_seals
from . import esign_demo_contracts
