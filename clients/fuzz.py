"""Sends what the five documents allow and forbid to the service, and fails where an answer is not as documented."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
# of the requests that a document allows, the share that must be taken; what the rest breaks no schema can say
LEAST = 0.75

KEY = {"x-api-key": os.environ["KEY"]}
CALLERS = {
    "gepard": KEY,
    "import": KEY,
    "mes": {"Authorization": f"Bearer {os.environ['KEY']}", "X-MES-Team-ID": os.environ["TEAM"]},
    "oms": {"Authorization": f"Bearer {os.environ['TOKEN']}"},
    "pos": KEY,
}
# these would end the session that the others are sent in
ENDING = "/api/auth/(logout|password|refresh)"


def fuzz(name: str, headers: dict[str, str]) -> bool:
    report = Path(os.environ["REPORTS"], f"{name}.ndjson")
    command = ["schemathesis", "--config-file", str(HERE / "schemathesis.toml"), "run"]
    command += [f"{os.environ['BASE']}/openapi/{name}.json", "--report-ndjson-path", str(report)]
    command += ["--phases", "examples,coverage,fuzzing", "--max-examples", "25", "--continue-on-failure"]
    command += ["--exclude-path-regex", ENDING]
    for header, value in headers.items():
        command += ["-H", f"{header}: {value}"]
    log = Path(os.environ["REPORTS"], f"{name}.log")
    with log.open("w") as output:
        subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, cwd=HERE, check=False)
    taken, failures, errors = judge(report)
    share = taken["success"] / max(1, taken.total())
    print(f"{name}: {taken.total()} valid requests, {share:.0%} taken; {failures.total()} other failures")
    for line, count in failures.most_common():
        print(f"  {count} × {line}")
    for error in errors:
        print(f"  schemathesis: {error}")
    is_good = not failures and not errors and taken.total() > 0 and share >= LEAST
    if not is_good:
        print(f"  the details are in {log}")
    return is_good


def judge(report: Path) -> tuple[Counter[str], Counter[str], list[str]]:
    """How valid requests fared, which other checks failed, and what schemathesis could not do."""
    taken: Counter[str] = Counter()
    failures: Counter[str] = Counter()
    errors: list[str] = []
    for line in report.read_text().splitlines():
        event: dict[str, Any] = json.loads(line)
        if "NonFatalError" in event or "FatalError" in event:
            errors.append(json.dumps(event)[:300])
        recorder = event.get("ScenarioFinished", {}).get("recorder", {})
        for case, checks in recorder.get("checks", {}).items():
            details = recorder["cases"][case]
            mode = (details["value"].get("meta") or {}).get("generation", {}).get("mode")
            for check in checks:
                if check["name"] == "positive_data_acceptance":
                    if mode == "positive" and not details.get("parent_id"):
                        taken[check["status"]] += 1
                elif check["status"] == "failure":
                    failures[f"{recorder['label']}: {check['name']}"] += 1
    return taken, failures, errors


if __name__ == "__main__":
    good = [fuzz(name, headers) for name, headers in CALLERS.items()]
    sys.exit(0 if all(good) else 1)
