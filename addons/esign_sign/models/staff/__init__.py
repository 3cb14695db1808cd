from . import esign_contract_group_staff
from . import esign_contract_board
from . import esign_rate_limit
