"""Per minute and fleet: count, errors, mean and exact p99 latency, for the peers in Python."""

import math


class Periods:
    """The completions of one fleet, in the minute that they fall in."""

    def __init__(self, minutes):
        self.latencies_s = [[] for _ in range(minutes)]
        self.errors = [0] * minutes

    def add(self, at_s, latency_s, failed):
        # What is in the system at the end of the hour counts in the last minute.
        minute = min(int(at_s // 60), len(self.errors) - 1)
        self.latencies_s[minute].append(latency_s)
        self.errors[minute] += failed

    def rows(self):
        """(count, errors, mean, p99) of each minute."""
        for latencies_s, errors in zip(self.latencies_s, self.errors):
            if latencies_s:
                ordered = sorted(latencies_s)
                p99_s = ordered[math.ceil(0.99 * len(ordered)) - 1]
                yield len(ordered), errors, sum(ordered) / len(ordered), p99_s


def checks(fleets):
    """The means that the table shows: over both fleets, so that all peers can be seen to do the same work."""
    names, values = ("blue", "green"), []
    for name, periods in zip(names, fleets):
        rows = list(periods.rows())
        count = sum(row[0] for row in rows)
        mean_s = sum(row[0] * row[2] for row in rows) / count
        p99_s = sum(row[3] for row in rows) / len(rows)
        errors = sum(row[1] for row in rows) / count
        values.append(f"{name} {mean_s * 1e3:.2f} ms, p99 {p99_s * 1e3:.2f} ms, errors {errors:.3%}")
    return "; ".join(values)


def report(peer, workload, served, spent_s, values):
    """One line for the table: peer, workload, requests/s, checks."""
    print(f"{peer}\t{workload}\t{served / spent_s:.0f}\t{values}", flush=True)
