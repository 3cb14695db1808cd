from . import test_rules
from . import test_signing
from . import test_draft
from . import test_launch_pages
from . import test_lists
from . import test_states
from . import test_misuse
