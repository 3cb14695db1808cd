from . import test_rules
from . import test_signing
from . import test_states
from . import test_misuse
from . import test_access
from . import test_staff
from . import test_evidence
