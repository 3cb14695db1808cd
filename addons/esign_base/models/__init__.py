from . import esign_person
from . import esign_identity
from . import esign_append_only
from . import esign_document_revision
from . import esign_document
from . import esign_trace_event
from . import esign_trace_stamp
from . import esign_trace_chain
