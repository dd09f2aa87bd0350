"""Figures for Prometheus, from what the gateway says on its status socket.

Another process than the pumps' serves them: that one answers no HTTP.
"""
