"""The same counter, served by smallweb and by others."""
