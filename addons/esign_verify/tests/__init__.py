from . import test_files
from . import test_verification
from . import test_pages
from . import test_evidence
from . import test_trace_check
from . import test_records
