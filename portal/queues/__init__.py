"""Which tickets an agent sees in which order: the shipped queues, their counts, and search."""
