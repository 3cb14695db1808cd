from . import files
from . import launch
