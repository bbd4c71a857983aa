"""commands.py MODULE:FUNCTION JSON: runs several command lines of one program one after the other.

JSON is a list of argument lists. The program is imported once and forked for each command line,
which saves the seconds of imports of every keystone-manage and nova-manage.
"""
import importlib
import json
import os
import sys
import traceback

module, function = sys.argv[1].split(":")
command_lines = json.loads(sys.argv[2])
sys.argv = [module]
main = getattr(importlib.import_module(module), function)


def run(arguments):
    sys.argv = [module.split(".")[0] + "-manage"] + arguments
    try:
        return main() or 0
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1


for arguments in command_lines:
    child = os.fork()
    if child == 0:
        code = run(arguments)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(" ".join(arguments[-3:]), "->", code, flush=True)
    if code:
        sys.exit(code)
