"""What is on a gateway's disk: ledger, anchor, cache, checkpoints. Start with ledger.py."""
