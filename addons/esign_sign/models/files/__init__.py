from . import esign_contract_group_search
from . import esign_contract_group_lists
from . import esign_contract_group_hand_out
from . import esign_portal
