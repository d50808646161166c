"""The site whose tasks smallweb runs."""
