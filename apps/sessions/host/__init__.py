"""The app host: one process on a machine, which starts, watches and ends the sessions of all web processes.

It knows no Django. Web processes ask it where a session is; what goes on in a session does not pass it.
"""
