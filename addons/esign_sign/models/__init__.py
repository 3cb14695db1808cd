from . import engine
from . import files
from . import draft
from . import room
from . import staff
from . import api
