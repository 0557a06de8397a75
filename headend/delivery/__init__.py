"""How messages of the outbox reach their receivers.

    operation --- one transaction ---> outbox row --- claim ---> compose, POST ---> delivered | retry | dead

The operation that causes a message never sends it. A dispatcher does, afterwards and in its own time, so a
receiver that is slow or down holds up no request, and a message that was promised survives the end of the
process.
"""

from headend.delivery.dispatcher import Dispatcher
from headend.delivery.dispatcher_threads import DispatcherThreads
from headend.delivery.field_news import FieldNews
from headend.delivery.housekeeping import Housekeeping
from headend.delivery.made_ahead import ComposeMessage
from headend.delivery.news import AllNews, News
from headend.delivery.outcome import DeliveryOutcome, HttpAnswer, OutcomeKind
from headend.delivery.retry import RETRY_DELAYS_S, jitter_of, next_attempt, retry_delays
from headend.delivery.said import Said
from headend.delivery.schedule_news import ScheduleNews
from headend.delivery.soap_post import HttpSender, Meanwhile, Sender, SoapRequest

__all__ = [
    "RETRY_DELAYS_S",
    "AllNews",
    "ComposeMessage",
    "DeliveryOutcome",
    "Dispatcher",
    "DispatcherThreads",
    "FieldNews",
    "Housekeeping",
    "HttpAnswer",
    "HttpSender",
    "Meanwhile",
    "News",
    "OutcomeKind",
    "Said",
    "ScheduleNews",
    "Sender",
    "SoapRequest",
    "jitter_of",
    "next_attempt",
    "retry_delays",
]
