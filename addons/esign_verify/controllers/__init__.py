from . import evidence
from . import verification
