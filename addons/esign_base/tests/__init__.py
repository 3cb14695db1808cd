from . import test_authority
from . import test_certificate
from . import test_seal
from . import test_handwriting
from . import test_seal_security
