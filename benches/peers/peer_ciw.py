"""W and Q in Ciw. The stream is split by fleet beforehand, which is faster than a routing node."""

import importlib.metadata
import math
import random
import sys
import time

import ciw

from periods import Periods, checks, report

PEER = f"Ciw {importlib.metadata.version('ciw')} (Python)"
SIGMA = math.sqrt(math.log(1 + 0.5**2))
MU = math.log(0.020) - SIGMA**2 / 2
FAILS = (0.001, 0.02)


def endpoint(minutes, seed):
    ciw.seed(seed)
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(90.0), ciw.dists.Exponential(10.0)],
        service_distributions=[ciw.dists.Lognormal(MU, SIGMA)] * 2,
        routing=[[0.0, 0.0], [0.0, 0.0]],
        number_of_servers=[4, 4],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(60.0 * minutes)
    # Ciw has no notion of a request that fails.
    rng = random.Random(seed)
    periods = [Periods(minutes) for _ in FAILS]
    records = simulation.get_all_records(only=["service"])
    for record in records:
        fleet = record.node - 1
        latency_s = record.exit_date - record.arrival_date
        periods[fleet].add(record.exit_date, latency_s, rng.random() < FAILS[fleet])
    return len(records), periods


def queue(customers, seed):
    ciw.seed(seed)
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(0.8)],
        service_distributions=[ciw.dists.Exponential(1.0)],
        number_of_servers=[1],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(customers, method="Finish")
    records = simulation.get_all_records(only=["service"])
    return sum(record.waiting_time for record in records) / len(records)


def main(seed):
    start = time.perf_counter()
    served, periods = endpoint(20, seed)
    values = checks(periods)
    report(PEER, "W", served, time.perf_counter() - start, values)
    customers = 200_000
    start = time.perf_counter()
    wait = queue(customers, seed)
    report(PEER, "Q", customers, time.perf_counter() - start, f"mean wait {wait:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
