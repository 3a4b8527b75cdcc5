"""`python -m local.serve [PORT]`: one local stack in this process until Ctrl-C or SIGTERM.

Prints the stack's description as one line of JSON once it serves; on failure one message on stderr and exit 1.
"""

import json
import sys

from local.stack import LocalStack, LocalStackError
from local.synth import SynthesisError


def main(arguments: list[str]) -> int:
    """0 after an orderly end, 1 if the stack could not start."""
    try:
        with LocalStack(port=int(arguments[0]) if arguments else 0) as stack:
            print(json.dumps(stack.describe()), flush=True)
            stack.wait()
    except (LocalStackError, SynthesisError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
