"""Makes the table of docs/performance.md from the lines that everybody printed: the fastest of each."""

import sys

PRODUCT = "rollout-sim"


def fastest(lines):
    """(peer, workload) -> (requests/s, checks), in the order of the first round."""
    best = {}
    for line in lines:
        peer, workload, rate, checks = line.rstrip("\n").split("\t")
        rate = float(rate)
        if rate > best.get((peer, workload), (0.0, ""))[0]:
            best[peer, workload] = rate, checks
    return best


def amount(rate):
    return f"{rate / 1e6:.2f} M" if rate >= 1e6 else f"{rate / 1e3:.1f} k"


def main():
    best = fastest(sys.stdin)
    print("<!-- begin peers -->")
    for workload, unit in (("W", "requests"), ("Q", "customers")):
        own = best[PRODUCT, workload][0]
        print(f"\nWorkload {workload}:\n")
        print(f"| simulator | {unit}/s | ns each | rollout-sim is faster by | check |")
        print("| --- | --- | --- | --- | --- |")
        rows = [(peer, *values) for (peer, of), values in best.items() if of == workload]
        for peer, rate, checks in sorted(rows, key=lambda row: -row[1]):
            ratio = own / rate
            by = "–" if peer.startswith(PRODUCT) else f"{ratio:.0f} ×" if ratio >= 20 else f"{ratio:.1f} ×"
            print(f"| {peer} | {amount(rate)} | {1e9 / rate:,.0f} | {by} | {checks} |")
    print("<!-- end peers -->")


if __name__ == "__main__":
    main()
