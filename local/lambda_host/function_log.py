"""The log of a function: what it printed, between the platform's START, END and REPORT lines, as in CloudWatch."""

import sys
from pathlib import Path


class FunctionLog:
    """Appends to `<folder>/<function>.log`; processes write to the same open file."""

    def __init__(self, folder: Path, function_name: str) -> None:
        self.file = (folder / f"{function_name}.log").open("ab", buffering=0)

    def start(self, request_id: str) -> None:
        self._write(f"START RequestId: {request_id} Version: $LATEST\n")

    def end(self, request_id: str, seconds: float, memory_mb: int, peak_bytes: int, error_type: str | None) -> None:
        status = f"\tStatus: error\tError Type: {error_type}" if error_type else ""
        self._write(
            f"END RequestId: {request_id}\nREPORT RequestId: {request_id}\tDuration: {seconds * 1000:.2f} ms\t"
            f"Memory Size: {memory_mb} MB\tMax Memory Used: {peak_bytes // 1024**2} MB{status}\n"
        )

    def close(self) -> None:
        self.file.close()

    def _write(self, text: str) -> None:
        if self.file.closed:  # an invocation that the stack's end cut off has nothing more to say
            return
        try:
            self.file.write(text.encode())
        except OSError as error:  # a full disk is no reason to fail an invocation that succeeded
            print(f"cannot write to {self.file.name}: {error}", file=sys.stderr)
