from . import esign_portal
from . import esign_report
from . import esign_verification
from . import esign_verification_report
from . import esign_verification_view
from . import esign_evidence_issue
from . import esign_trace_check
from . import esign_api
