"""How requests reach Django: its own handler and middleware, without their detours through threads."""
