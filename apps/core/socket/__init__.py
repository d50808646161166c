"""One websocket a page, ``/ws/``, speaking JSON-RPC 2.0: calls one way, publications the other."""
