"""The simulated forecourt in the browser: pictures of the pumps, and what hands do there.

Start at `app.py`. It is served by the demo's own process, on the loopback interface alone.
"""
