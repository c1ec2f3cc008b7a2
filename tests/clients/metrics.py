"""Reads the operator's figures as Prometheus does: metrics.py OPERATOR PUBLIC, both addresses of a running server."""

import sys
import urllib.error
import urllib.request

from prometheus_client.parser import text_string_to_metric_families


def main(operator: str, public: str) -> int:
    try:
        urllib.request.urlopen(f"{public}/metrics")
        print("FAILED /metrics is public")
        return 1
    except urllib.error.HTTPError as error:
        assert error.code == 404, error.code
    with urllib.request.urlopen(f"{operator}/metrics") as answer:
        families = {family.name: family for family in text_string_to_metric_families(answer.read().decode())}
    wanted = {
        "hiraku_answers": "counter",
        "hiraku_verdicts": "counter",
        "hiraku_answer_seconds": "histogram",
        "hiraku_counter_lost": "counter",
        "hiraku_segments": "gauge",
        "hiraku_roll_up_age_seconds": "gauge",
        "hiraku_resident_memory_bytes": "gauge",
        "hiraku_open_connections": "gauge",
    }
    for name, kind in wanted.items():
        assert name in families, f"{name} is missing from {sorted(families)}"
        assert families[name].type == kind, f"{name} is a {families[name].type}"
    answers = sum(sample.value for sample in families["hiraku_answers"].samples)
    count = next(s.value for s in families["hiraku_answer_seconds"].samples if s.name.endswith("_count"))
    assert answers == count > 0, f"{answers} answers, {count} times"
    print(f"metrics: {len(families)} families, {int(answers)} answers")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
