from . import test_people_limits
from . import test_person
from . import test_account
