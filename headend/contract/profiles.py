"""The profiles of the nouns: which file declares which root, and what stands in it."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from lxml import etree

from .content import ContentModels, ElementContent
from .declarations import XS
from .files import parsed
from .services import ServiceFile


@dataclass(frozen=True, slots=True)
class ProfileContent:
    """A profile as data: the payload of a noun, or what a request for it may select by."""

    name: str  # MeterConfig or GetMeterConfig
    namespace: str
    _models: ContentModels = field(repr=False, compare=False)

    @property
    def root(self) -> ElementContent:
        """The root element, with all that may stand in it; read when it is first asked for."""
        root = self._models.element(f"{{{self.namespace}}}{self.name}")
        if root is None:
            raise LookupError(f"the schema of {self.name} has lost its root")  # profile_files found it there
        return root


@dataclass(frozen=True, slots=True)
class ProfileFile:
    """Where a profile is declared."""

    name: str
    namespace: str
    path: Path

    @property
    def tag(self) -> str:
        """The root element as `{namespace}name`."""
        return f"{{{self.namespace}}}{self.name}"


def profile_files(services: Iterable[ServiceFile]) -> Mapping[str, ProfileFile]:
    """The profiles that the messages of services carry, by name.

    A profile is a schema that a message schema imports and that declares an element named like the noun, or like
    the noun with Get before it. Raises ContractError for an imported file that cannot be read.
    """
    found: dict[str, ProfileFile] = {}
    roots: dict[Path, etree._Element] = {}

    def root_of(path: Path) -> etree._Element:
        return roots[path] if path in roots else roots.setdefault(path, parsed(path))

    # Services of one noun share its message schema.
    for schema, noun in dict.fromkeys((service.schema, service.description.noun) for service in services):
        for path in _imported(schema, root_of(schema)):
            root = root_of(path)
            for element in root.iterchildren(f"{XS}element"):
                name = element.get("name", "")
                if name in (noun, f"Get{noun}"):
                    found.setdefault(name, ProfileFile(name, root.get("targetNamespace", ""), path))
    return found


def unknown_profile(tag: str, profiles: Collection[ProfileFile]) -> str:
    """Says of a root element `{namespace}name` that no profile has it, and which one was probably meant."""
    name, namespace = etree.QName(tag).localname, etree.QName(tag).namespace or ""
    used = f"{name} in namespace {namespace}" if namespace else f"{name} in no namespace"
    by_folded = {each.name.casefold(): each for each in profiles}
    near = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.75)
    namesake = next((each for each in profiles if each.name == name), None)
    neighbour = next((each for each in profiles if each.namespace == namespace), None)
    if namesake is not None:
        return f"{used} is no payload of this contract; {name} is in namespace {namesake.namespace}"
    if neighbour is not None:
        return f"{used} is no payload of this contract; the payload of that namespace is {neighbour.name}"
    if near:
        nearest = by_folded[near[0]]
        return f"{used} is no payload of this contract; the nearest is {nearest.name} in namespace {nearest.namespace}"
    listed = ", ".join(sorted(each.name for each in profiles))
    return f"{used} is no payload of this contract and resembles none; there are {listed}"


def _imported(schema: Path, root: etree._Element) -> Iterator[Path]:
    for each in root.iterchildren(f"{XS}import"):
        location = each.get("schemaLocation")
        if location:
            yield schema.parent / location
