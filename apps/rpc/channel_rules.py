"""Who may hear of tracked values: whoever may get them."""

from __future__ import annotations

from .endpoints import AttributeEndpoint
from .registry import ObjectEntry, endpoints, objects
from .services.policy import get_policy


class TrackedChannelRules:
    """The rules of ``objects/<object>/…``: a tracked value has its own, all else the object's."""

    def rule(self, channel: str) -> str | None:
        _, *parts = channel.split("/")
        endpoint = endpoints.find(".".join(parts))
        if isinstance(endpoint, AttributeEndpoint) and endpoint.channel == channel:
            return get_policy().last_rule(endpoint, "get")
        entry = objects.find(parts[0]) if parts else None
        return None if entry is None else get_policy().object_rule(entry.name, entry.options.rules())

    def rules(self, filter_: str) -> set[str]:
        """Return the rules of all objects: who listens to a filter may hear of any of them."""
        if not ("+" in filter_ or "#" in filter_):
            rule = self.rule(filter_)
            return set() if rule is None else {rule}
        return {rule for entry in objects for rule in _rules_of(entry)}


def _rules_of(entry: ObjectEntry) -> set[str]:
    tracked = [one for one in entry.endpoints if isinstance(one, AttributeEndpoint) and one.channel]
    rules = [get_policy().last_rule(endpoint, "get") for endpoint in tracked]
    rules.append(get_policy().object_rule(entry.name, entry.options.rules()))
    return {rule for rule in rules if rule is not None}
