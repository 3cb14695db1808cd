from . import esign_callback
from . import esign_api_reference
from . import esign_contract_group_statement
from . import esign_api
from . import esign_api_signing
from . import esign_api_create
from . import esign_api_batch
