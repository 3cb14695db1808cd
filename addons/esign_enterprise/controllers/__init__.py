from . import certification
from . import centre
from . import enterprises
from . import seals
