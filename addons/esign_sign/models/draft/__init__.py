from . import esign_frequent_party
from . import esign_contract_draft
from . import esign_contract_group_draft
from . import esign_contract_group_draft_files
from . import esign_contract_group_draft_parties
from . import esign_contract_group_draft_places
from . import esign_party_picker
