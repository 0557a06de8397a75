"""A client of head ends, written against the contract that they serve.

    client = HeadEndClient("http://127.0.0.1:8080", RealClock(), counted_ids("mdm"))
    reply = client.read(["M00000003"], start=midnight, end=noon)
    reply.result, reply.errors, reply.readings   # as values
    reply.exchange.response                      # as it came, byte for byte
    reply.exchange.zeep_object()                 # as zeep understands it

HeadEndClient knows nothing of our own head end: whatever speaks the same contract can be called. ControlClient drives
ours, beside the contract.
"""

from headend.client.answers import (
    ControlsReply,
    DeviceEvent,
    EventsReply,
    MeterReading,
    Moment,
    Reading,
    ReadingsReply,
    Reply,
    ReplyError,
)
from headend.client.control_client import ClockReading, ControlClient, ControlRefused
from headend.client.errors import ClientError, FaultReceived, NotSendable, NotUnderstood, Unreachable
from headend.client.exchange import Exchange
from headend.client.head_end_client import CONNECT, DISCONNECT, HeadEndClient
from headend.client.message_ids import counted_ids, unique_ids
from headend.client.read_answers import reply_in

__all__ = [
    "CONNECT",
    "DISCONNECT",
    "ClientError",
    "ClockReading",
    "ControlClient",
    "ControlRefused",
    "ControlsReply",
    "DeviceEvent",
    "EventsReply",
    "Exchange",
    "FaultReceived",
    "HeadEndClient",
    "MeterReading",
    "Moment",
    "NotSendable",
    "NotUnderstood",
    "Reading",
    "ReadingsReply",
    "Reply",
    "ReplyError",
    "Unreachable",
    "counted_ids",
    "reply_in",
    "unique_ids",
]
