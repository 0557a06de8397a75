"""A publication that tells some URLs of everything of a noun, as settings without filters do."""

from headend.operations.publication import Publication
from headend.operations.subscriptions import SubscriptionList, configured_subscription
from simulator.fleet import Fleet


def told_by(fleet: Fleet, *urls: str, noun: str = "EndDeviceEvents") -> Publication:
    seed = fleet.spec.seed
    subscriptions = [configured_subscription(seed, url, noun) for url in urls]
    return Publication(SubscriptionList(subscriptions, seed), lambda: fleet)
