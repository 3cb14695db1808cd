from . import esign_certificate
from . import esign_certificate_issue
from . import esign_authority
from . import esign_certificate_external
from . import esign_certificate_external_wizard
from . import esign_certificate_revoke
