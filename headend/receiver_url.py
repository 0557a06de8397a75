"""The address of a Receive service, wherever somebody gives one: in the settings, or to a running head end."""

from urllib.parse import urlsplit


def check_receiver_url(url: str) -> str:
    """The URL, if a message can be posted to it. Raises ValueError that says what is wrong with it."""
    if not url.startswith(("http://", "https://")):
        raise ValueError("the URL of a subscription starts with http:// or https://")
    if any(not "!" <= character <= "~" for character in url):
        raise ValueError("the URL of a subscription holds printable ASCII only; percent-encode the rest")
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError as error:  # a port that is no number, a bracket that is not closed
        raise ValueError(f"{url!r} is no URL: {error}") from None
    if not has_host:
        raise ValueError(f"{url!r} names no host; an example is http://mdm:8081/services/ReceiveEndDeviceEvents")
    if parts.username is not None or parts.password is not None:
        raise ValueError("the URL holds a user or a password, which would be shown; give them as credentials instead")
    if parts.fragment:
        raise ValueError(f"{url!r} has a fragment (#{parts.fragment}), which is never sent; leave it out")
    return url
