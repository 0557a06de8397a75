"""The fake MDM: receives what head ends send, checks it, keeps it, and answers as it is told.

    with FakeMdm() as mdm:
        print(mdm.receive_url("EndDeviceEvents"))   # what a head end is told to publish to
        mdm.answer(Answer.failed("5.1"), times=2)   # the first two messages are refused
        mdm.wait_for("EndDeviceEvents", meter="M00000003", event="3.31.0.68")

It knows nothing of our own head end: whatever speaks the same contract can be tested against it. See docs/mdm.md.
"""

from headend.mdm.answer import Answer
from headend.mdm.fake_mdm import FakeMdm
from headend.mdm.mailbox import NotReceived
from headend.mdm.received import Outcome, Received

__all__ = ["Answer", "FakeMdm", "NotReceived", "Outcome", "Received"]
