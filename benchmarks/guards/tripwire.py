"""How often the injection tripwire is wrong on honest text, and how much of public attack sets it sees.

    python -m benchmarks.guards.tripwire [--details]

The sets are public repositories, cloned once at the commits named here into `.build/guards/sets`.
"""

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "layers" / "runtime" / "python"))

from tollgate.admission.tripwire import trips  # noqa: E402

SETS = ROOT / ".build" / "guards" / "sets"
COMMITS = {
    "leolee99/PIGuard": "1b5751e88bf7475acbedfc8eda795ce060307c84",
    "microsoft/BIPIA": "1a2a91da6bb12838e05d1b2e54d98e2f37b835f3",
    "tatsu-lab/stanford_alpaca": "761dc5bfbdeeffa89b8bff5d038781a4055f796a",
    "yizhongw/self-instruct": "0b26ccaa415992100fa32df62d41b994cf928e23",
}
PER_TEMPLATE = 20
"""Requests of each T0 template; the templates repeat their texts."""


@dataclass(frozen=True)
class DataSet:
    """A public set of texts. `honest` says whether the tripwire should stay quiet."""

    name: str
    honest: bool
    repository: str
    read: Callable[[Path], Iterator[str]]


def main() -> None:
    """Prints a line per set, as JSON, and one for all honest texts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--details", action="store_true", help="also print what was judged wrongly")
    options = parser.parse_args()
    honest = fired = 0
    for found in DATA_SETS:
        texts = list(dict.fromkeys(found.read(checkout(found.repository))))
        hits = {text: [trip.pattern for trip in trips(text)] for text in texts}
        count = sum(map(bool, hits.values()))
        honest, fired = (honest + len(texts), fired + count) if found.honest else (honest, fired)
        print(json.dumps(row(found, len(texts), count, hits)))
        if options.details:
            odd = [text for text in texts if bool(hits[text]) == found.honest]
            print("\n".join(f"  {hits[text]} {text[:200]!r}" for text in odd[:40]))
    print(json.dumps({"honest_texts": honest, "fired_percent": round(100 * fired / honest, 3)}))


def row(found: DataSet, texts: int, count: int, hits: dict[str, list[str]]) -> dict[str, Any]:
    patterns = Counter(pattern for names in hits.values() for pattern in names)
    percent = round(100 * count / texts, 2)
    return {"set": found.name, "honest": found.honest, "texts": texts, "fired_percent": percent, "by": dict(patterns)}


def checkout(repository: str) -> Path:
    """The repository at its pinned commit."""
    folder = SETS / repository
    if not folder.exists():
        source = f"https://github.com/{repository}"
        subprocess.run(["git", "clone", "--quiet", "--filter=blob:none", source, str(folder)], check=True)
        subprocess.run(["git", "-C", str(folder), "checkout", "--quiet", COMMITS[repository]], check=True)
    return folder


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _lines(path: Path, limit: int | None = None) -> Iterator[Any]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if limit is not None and number == limit:
                return
            yield json.loads(line)


def not_inject(folder: Path) -> Iterator[str]:
    for part in ("one", "two", "three"):
        yield from (item["prompt"] for item in _json(folder / "datasets" / f"NotInject_{part}.json"))


def labelled(label: int) -> Callable[[Path], Iterator[str]]:
    def read(folder: Path) -> Iterator[str]:
        items = _json(folder / "datasets" / "valid.json")
        yield from (item["prompt"] for item in items if int(item["label"]) == label)

    return read


def wildguard(folder: Path) -> Iterator[str]:
    yield from (item["prompt"] for item in _json(folder / "datasets" / "wildguard.json"))


def documents(folder: Path) -> Iterator[str]:
    for kind in ("email", "table", "code"):
        for part in ("train", "test"):
            for item in _lines(folder / "benchmark" / kind / f"{part}.jsonl"):
                context = item["context"]
                yield context if isinstance(context, str) else "\n".join(map(str, context))


def bipia_attacks(folder: Path) -> Iterator[str]:
    for path in sorted((folder / "benchmark").glob("*_attack_*.json")):
        yield from (text for texts in _json(path).values() for text in texts)


def seed_tasks(folder: Path) -> Iterator[str]:
    for item in _lines(folder / "seed_tasks.jsonl"):
        yield "\n".join([item["instruction"], *(instance["input"] for instance in item["instances"])])


def templates(folder: Path) -> Iterator[str]:
    for path in sorted((folder / "data/finetuning/t0_train_50k/data_per_template").glob("*.jsonl")):
        yield from (item["prompt"] for item in _lines(path, PER_TEMPLATE))


DATA_SETS = (
    DataSet("T0 requests with their documents", True, "yizhongw/self-instruct", templates),
    DataSet("self-instruct seed tasks", True, "tatsu-lab/stanford_alpaca", seed_tasks),
    DataSet("BIPIA mails, tables and code", True, "microsoft/BIPIA", documents),
    DataSet("WildGuard benign prompts", True, "leolee99/PIGuard", wildguard),
    DataSet("PIGuard validation, benign", True, "leolee99/PIGuard", labelled(0)),
    DataSet("NotInject (built to provoke false alarms)", True, "leolee99/PIGuard", not_inject),
    DataSet("PIGuard validation, injections", False, "leolee99/PIGuard", labelled(1)),
    DataSet("BIPIA injections", False, "microsoft/BIPIA", bipia_attacks),
)

if __name__ == "__main__":
    main()
