"""serve.py MODULE ADDRESS PORT [ARGS...]: serves the WSGI application MODULE:application.

ARGS become the application's own command line: Nova reads --config-file and --config-dir there.
"""
import importlib
import sys

module, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
sys.argv = [module] + sys.argv[4:]
# Before cheroot: up to release 33 Nova patches the threads of whatever is imported later.
application = importlib.import_module(module).application
from cheroot import wsgi  # noqa: E402

server = wsgi.Server((address, port), application, numthreads=4, request_queue_size=64)
print("serving", module, port, flush=True)
try:
    server.start()
except KeyboardInterrupt:
    server.stop()
