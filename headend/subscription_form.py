"""A subscription as somebody writes it: in the settings, or to a running head end. One model for both.

What cannot be is refused here, with words, before anything is kept.
"""

import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from headend.operations.events.event_type_patterns import type_patterns
from headend.operations.readings.reading_type_patterns import reading_type_pattern
from headend.operations.references import ObjectReference
from headend.operations.reply import Error
from headend.operations.schedules.collection_times import collection_times
from headend.operations.subscriptions import Wanted
from headend.published_nouns import PublishedNoun
from headend.receiver_url import check_receiver_url

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OURS: Final = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "expect",
        "host",
        "soapaction",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
    }
)
"""Headers that belong to the message or to the connection."""

Words = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=200)], ...], Field(max_length=1000)]


class Credentials(BaseModel):
    """By what the receiver knows this head end; sent with every message, never shown and never logged."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    user: str | None = Field(None, max_length=200, description="Of HTTP Basic; with `password`.")
    password: SecretStr | None = Field(None, max_length=1000, description="Of HTTP Basic; with `user`.")
    bearer: SecretStr | None = Field(None, min_length=1, max_length=8000, description="Token of Authorization: Bearer.")
    headers: dict[str, Annotated[SecretStr, Field(max_length=8000)]] = Field(
        {}, description="Any other headers by name, such as X-Api-Key.", max_length=20
    )

    @model_validator(mode="after")
    def _can_be_sent(self) -> Self:
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password belong together; give both or none")
        if self.user is not None and (":" in self.user or not self.user.isprintable()):
            raise ValueError("user has a colon or a control character, which HTTP Basic cannot carry")
        if self.user is not None and self.bearer is not None:
            raise ValueError("user and bearer both make the header Authorization; give one of them")
        for name in self.headers:
            if _TOKEN.fullmatch(name) is None:
                raise ValueError("headers: the name of a header is of letters, digits and - only")
            if name.lower() in _OURS:
                raise ValueError(f"headers: {name} is set by the head end itself")
        names = [name.lower() for name in self.headers]
        if len(set(names)) < len(names):
            raise ValueError("headers: one is given twice; letters' case does not tell headers apart")
        if "authorization" in names and (self.user is not None or self.bearer is not None):
            raise ValueError("headers: Authorization is made of user or bearer already; give one of them")
        for name, value in self.http_headers().items():
            if not all(" " <= letter <= "~" for letter in value):
                raise ValueError(f"the value of header {name} holds printable ASCII only")
        return self

    def http_headers(self) -> Mapping[str, str]:
        """The headers that are sent."""
        found = {name: value.get_secret_value() for name, value in self.headers.items()}
        if self.user is not None and self.password is not None:
            pair = f"{self.user}:{self.password.get_secret_value()}"
            found["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        if self.bearer is not None:
            found["Authorization"] = f"Bearer {self.bearer.get_secret_value()}"
        return found


class SubscriptionForm(BaseModel):
    """Somebody who is told of what happens: the head end posts to `url` what it has of `noun` and is wanted."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: str = Field(
        description="Address of the Receive service, such as http://mdm:8081/services/ReceiveEndDeviceEvents",
    )
    noun: PublishedNoun = Field("EndDeviceEvents", description="Which noun is published to it.")
    meters: Words = Field((), description="Only of these meters, by mRID or name; empty: of all.")
    groups: Words = Field((), description="Only of the meters of these EndDeviceGroups, by mRID or name.")
    reading_types: Words = Field(
        (), description="MeterReadings: only of these types, 18 numbers with 0 or * for any; empty: what there is."
    )
    event_types: Words = Field(
        (),
        description="EndDeviceEvents: only of these types, such as 3.26.0.85 with 0 or * for any, or by name; empty: "
        "of all.",
    )
    every: str | None = Field(
        None,
        max_length=40,
        description="MeterReadings: publish what meters collect by themselves, for each period that is over: PT15M, "
        "PT1H, P1D (by the fleet's local days), P7D, or hourly, daily, weekly, monthly. null: what others ask for.",
    )
    batch_size: int | None = Field(
        None, ge=1, le=1000, description="At most so many meters, events or objects a message; null: 1000."
    )
    format: Literal["plain", "compressed"] = Field(
        "plain", description="compressed: gzip in Payload/Compressed, beside an empty element of the noun."
    )
    soap_version: str = Field("1.1", description="1.1 is what the contract's services speak; no other is served.")
    credentials: Credentials | None = Field(None, description="By what the receiver knows this head end.")

    @field_validator("url")
    @classmethod
    def _is_http(cls, url: str) -> str:
        return check_receiver_url(url)

    @field_validator("soap_version")
    @classmethod
    def _is_spoken(cls, version: str) -> str:
        if version != "1.1":
            raise ValueError(f"SOAP {version!r} is not spoken here: the services of the contract are bound to 1.1")
        return version

    @field_validator("reading_types")
    @classmethod
    def _are_reading_types(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(map(reading_type_pattern, given)))

    @field_validator("event_types")
    @classmethod
    def _are_event_types(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        errors: list[Error] = []
        patterns = type_patterns([ObjectReference("EndDeviceEventType", one) for one in given], errors)
        if errors:
            raise ValueError(errors[0].details or "no event type")
        return tuple(dict.fromkeys(patterns))

    @field_validator("every")
    @classmethod
    def _is_every(cls, every: str | None) -> str | None:
        if every is not None:
            collection_times(every)
        return every

    @model_validator(mode="after")
    def _fits_the_noun(self) -> Self:
        if self.event_types and self.noun != "EndDeviceEvents":
            raise ValueError(f"event_types are of EndDeviceEvents; {self.noun} has none")
        if self.reading_types and self.noun != "MeterReadings":
            raise ValueError(f"reading_types are of MeterReadings; {self.noun} has none")
        if self.every is not None and self.noun != "MeterReadings":
            raise ValueError(f"every is of MeterReadings; {self.noun} is told when something happens")
        return self

    def wanted(self) -> Wanted:
        """What is wanted, and in which form."""
        return Wanted(
            meters=self.meters,
            groups=self.groups,
            reading_types=self.reading_types,
            event_types=self.event_types,
            every=self.every,
            batch_size=self.batch_size,
            is_compressed=self.format == "compressed",
        )

    def http_headers(self) -> Mapping[str, str]:
        """The headers that carry the credentials."""
        return {} if self.credentials is None else self.credentials.http_headers()
