"""The folders of static pages: their names, their files and what is served of them."""
