"""The programs that run an app in a process of its own: the template, which is forked, and what it becomes.

They need the standard library of Python 3.9 and the app, nothing else, so that an app may have another
interpreter than the site; there the package is loaded from its folder under a name of its own.
"""
