"""The Magento stand-in: one recorded shop in memory, answering REST calls as Magento 2.4.7 did.

Where things are: ``app`` (HTTP), ``routes`` and ``reads`` (what is served), ``shop`` (the data and
its journal), ``criteria``/``comparison``/``search`` (searchCriteria), ``stock``,
``source_items``, ``ship``, ``invoice``, ``refund``, ``order_actions``, ``order_save`` (writes).
"""

from sandbox.magento.app import create_app
from sandbox.magento.loading import load_shop, recorded_shop_dir
from sandbox.magento.shop import Shop

__all__ = ["Shop", "create_app", "load_shop", "recorded_shop_dir"]
