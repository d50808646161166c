"""Start-up of rpc."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from ..core.access import PUBLIC


class RpcConfig(AppConfig):
    name = "smallweb.rpc"
    label = "smallweb_rpc"
    verbose_name = _("Objects and channels")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from ..core.channels import Namespace, namespaces
        from ..core.signals import unknown_method_called
        from ..core.sync import register_sync
        from ..core.up_services import UpService, up_services
        from . import checks, methods  # noqa: F401
        from .channel_rules import TrackedChannelRules
        from .models import RemoteObject
        from .registry import are_objects_owned
        from .services.log_calls import count_unknown
        from .services.sync_objects import sync_objects
        from .tracked import CHANNELS

        namespaces.register(
            Namespace(
                name=CHANNELS,
                origin=self.name,
                subscribe=PUBLIC,
                retain=True,
                history_size=20,
                channel_rules=TrackedChannelRules(),
            )
        )
        unknown_method_called.connect(count_unknown, dispatch_uid=self.name)
        register_sync(self, RemoteObject, sync_objects)
        up_services.register(
            UpService(
                name="owner", origin=self.name, arguments=("smallweb_rpc_owner",), is_wanted=are_objects_owned
            )
        )
