"""The program that stands between a supervisor and its job: `python -I -S shim.py LIFELINE STATUS`, two descriptors.

`-I` keeps the user's PYTHON* variables for the command; `-S` saves the start-up of whatever the user's
site-packages start. So the way to this package is found here, behind the standard library's.
"""

import os
import sys

sys.path.append(os.path.abspath(__file__).rpartition("/mlproj/")[0])  # noqa: PTH100 - pathlib takes 10 ms to import

from mlproj.backends.shepherd import main

main(int(sys.argv[1]), int(sys.argv[2]))
os._exit(0)  # nothing to tidy up, and the supervisor waits
