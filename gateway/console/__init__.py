"""The drivers' displays and the attendant's console: a process of its own beside the gateway.

It reads the status socket, asks on the control socket (PROTOCOL.md) and reads the ledger; what
it does, or does not do any more, a pump never waits for. Start at `app.py`.
"""
