from . import esign_sign_link
from . import esign_contract_room
from . import esign_contract_group_room
from . import esign_sign_link_result
from . import esign_signing_act_room
from . import ir_http
