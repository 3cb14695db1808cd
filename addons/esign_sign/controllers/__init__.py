from . import room
from . import files
from . import launch
from . import staff
from . import link
