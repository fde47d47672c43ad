"""W and Q in SimPy: a process for each request, a resource for each fleet."""

import importlib.metadata
import math
import random
import sys
import time

import simpy

from periods import Periods, checks, report

PEER = f"SimPy {importlib.metadata.version('simpy')} (Python)"
SIGMA = math.sqrt(math.log(1 + 0.5**2))
MU = math.log(0.020) - SIGMA**2 / 2
FAILS = (0.001, 0.02)


def endpoint(minutes, seed):
    rng = random.Random(seed)
    env = simpy.Environment()
    fleets = [simpy.Resource(env, capacity=4) for _ in FAILS]
    periods = [Periods(minutes) for _ in FAILS]
    served = 0

    def request(fleet):
        arrived = env.now
        with fleets[fleet].request() as turn:
            yield turn
            yield env.timeout(rng.lognormvariate(MU, SIGMA))
        periods[fleet].add(env.now, env.now - arrived, rng.random() < FAILS[fleet])

    def traffic():
        nonlocal served
        while True:
            yield env.timeout(rng.expovariate(100.0))
            if env.now >= 60 * minutes:
                return
            served += 1
            env.process(request(int(rng.random() < 0.1)))

    env.process(traffic())
    env.run()
    return served, periods


def queue(customers, seed):
    rng = random.Random(seed)
    env = simpy.Environment()
    server = simpy.Resource(env, capacity=1)
    waited = 0.0

    def customer():
        nonlocal waited
        arrived = env.now
        with server.request() as turn:
            yield turn
            waited += env.now - arrived
            yield env.timeout(rng.expovariate(1.0))

    def traffic():
        for _ in range(customers):
            yield env.timeout(rng.expovariate(0.8))
            env.process(customer())

    env.process(traffic())
    env.run()
    return waited / customers


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
