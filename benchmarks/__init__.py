"""How long things take, each beside a peer timed in the same run: ``python -m benchmarks [name] [--smoke]``."""
