"""`CDK_OUTDIR=cdk.out python app.py` writes the templates; it reads files only and asks no account anything.

The stage is the CDK's own context: `cdk synth -c stage=local`, or `CDK_CONTEXT_JSON='{"stage": "local"}'`.
"""

import sys
from pathlib import Path

from infra import node  # noqa: F401 - chooses Node; jsii starts it with the next import
from infra.packaging import PackagingError
from infra.settings import ConfigurationError
from infra.synthesis import Source, build


def main() -> int:
    """0 and the templates, or 1 and on stderr what is wrong and what to write instead."""
    try:
        build(Source(root=Path(__file__).resolve().parent)).synth()
    except (ConfigurationError, PackagingError) as error:
        sys.stderr.write(f"{error}\n")
    except RuntimeError as error:
        if "ValidationFailed" not in str(error):  # the findings of cdk-nag are on stderr already
            raise
        sys.stderr.write(f"{error}\n")
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
