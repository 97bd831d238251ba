"""The SDK's own tests for targets.

Its streams are none of ours, so they show that any input is taken in without harm, that schemas
are demanded, and that keys are checked. Left out of the suite: nothing. Not in the suite, by the
SDK's own choice: multiple_state_messages (the SDK does not pass it) and
record_missing_required_property, user_location_data and the like (no test uses them).
"""

from __future__ import annotations

from singer_sdk.testing import SuiteConfig, get_target_test_class
from target_magento.target import TargetMagento

TestSdkSuite = get_target_test_class(
    TargetMagento,
    config={
        "base_url": "http://127.0.0.1:9",
        "access_token": "unused",
        "outbox_url": "postgresql://127.0.0.1:9/unused",
    },
    suite_config=SuiteConfig(),
)
