from . import engine
from . import draft
from . import room
from . import files
from . import staff
from . import api
