"""compute.py [ARGS of nova-compute]: the real nova-compute that also finds our virt driver.

compute_driver is always imported as nova.virt.<name>, so this folder joins that package.
"""
import os
import sys

import nova.virt

nova.virt.__path__.append(os.path.dirname(os.path.abspath(__file__)))
sys.argv[0] = "nova-compute"
from nova.cmd.compute import main  # noqa: E402

sys.exit(main())
