"""sim_test: the simulator over its histories, under a tenth of them with a sanitizer; the same seed gives
the same history, alone or after others; every mutant is caught (only where the mutants were built).
SEED=… runs that history alone. A million: sim --seeds 1000000."""
import os
import subprocess
import sys

BIN = os.environ["KK_BIN"]
SIM = os.path.join(BIN, "sim")
SANITIZED = bool(os.environ.get("KK_SANITIZE"))
SEEDS = 150 if SANITIZED else 2000
count = bad = 0


def run(*args):
    env = {k: v for k, v in os.environ.items() if k != "SEED"}
    p = subprocess.run([SIM, *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=env, check=False)
    return p.returncode, p.stdout.decode("utf-8", "replace")


def tell(ok, title, out):
    global count, bad
    count += 1
    bad += not ok
    if not ok:
        print(out)
    print("%s %d - %s" % ("ok" if ok else "not ok", count, title))
    sys.stdout.flush()


def digests(out):
    return dict(line.split()[1:] for line in out.splitlines() if line.startswith("digest "))


def main():
    if os.environ.get("SEED"):
        status, out = run("--seed", os.environ["SEED"])
        print(out)
        tell(status == 0, "the history of SEED=%s holds" % os.environ["SEED"], "")
        return
    status, out = run("--seeds", str(SEEDS))
    print(out.rstrip().splitlines()[-1])
    tell(status == 0, "%d histories hold" % SEEDS, out)
    status, out = run("--seeds", "12", "--jobs", "1", "--digests")
    many = digests(out)
    alone = {}
    for seed in ("2", "7", "12"):
        alone.update(digests(run("--from", seed, "--seeds", "1", "--jobs", "1", "--digests")[1]))
    tell(status == 0 and len(many) == 12 and all(many.get(s) == d for s, d in alone.items()) and len(alone) == 3,
         "a seed gives the same history, alone or after others", "%s\n%s" % (many, alone))


def mutants():
    """Each mutant is a test of its own, told with the seed that caught it."""
    status, out = run("--mutants", "--seeds", "1500")
    lines = out.splitlines()
    for title, how in zip(lines[:-1:2], lines[1::2]):
        print("# %s" % how.strip())
        tell(how.strip() != "NOT CAUGHT", "mutant %s" % title, "")
    last = lines[-1] if lines else ""
    tell(status == 0 and last.endswith("/%d caught" % (count - 2)) and count - 2 >= 15, last or "no mutants", out)


main()
if not os.environ.get("SEED") and os.path.exists(os.path.join(BIN, "sim-mutants.txt")):
    mutants()
print("1..%d" % count)
sys.exit(1 if bad else 0)
