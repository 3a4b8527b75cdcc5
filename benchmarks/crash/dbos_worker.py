"""One DBOS workflow of one effect as a step, on SQLite. Imports nothing of this project.

    python dbos_worker.py DATABASE RUN PROVIDER-URL

Started again after a kill, it recovers the workflow under the same id.
"""

import json
import os
import sys
import urllib.request

from dbos import DBOS, DBOSConfig, SetWorkflowID  # type: ignore[import-not-found]

DATABASE, RUN, URL = sys.argv[1:]
config: DBOSConfig = {"name": "crash", "system_database_url": f"sqlite:///{DATABASE}", "log_level": "ERROR"}
DBOS(config=config)


def tell(at: str) -> None:
    report = {"at": at, "run": RUN, "pid": os.getpid(), "key": RUN, "spare": False}
    urllib.request.urlopen(urllib.request.Request(URL, json.dumps(report).encode(), method="POST"), timeout=30).close()


@DBOS.step()  # type: ignore[untyped-decorator]
def book() -> str:
    tell("about")
    tell("effect")
    return RUN


@DBOS.step()  # type: ignore[untyped-decorator]
def after() -> None:
    tell("recorded")


@DBOS.workflow()  # type: ignore[untyped-decorator]
def run() -> str:
    booked: str = book()
    after()
    return booked


def main() -> None:
    DBOS.launch()
    with SetWorkflowID(RUN):
        handle = DBOS.start_workflow(run)
    handle.get_result()
    DBOS.destroy()


if __name__ == "__main__":
    main()
