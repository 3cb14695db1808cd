from . import files
from . import launch
from . import staff
