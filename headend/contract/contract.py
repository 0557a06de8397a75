"""The contract as the rest of the head end sees it: services, files to serve, validation, profiles as data."""

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Self
from xml.sax.saxutils import escape

from lxml import etree

from .content import ContentModels
from .files import ContractError, shipped_directory
from .near_miss import NearMiss, nearest
from .profiles import ProfileContent, ProfileFile, profile_files, unknown_profile
from .schemas import Schemas
from .services import ServiceDescription, ServiceFile, read_service
from .violations import Violation, ViolationKind, explained, violation_at

MOST_VIOLATIONS = 10


class UnknownFile(LookupError):
    """No file or service of this name belongs to the contract."""


class UnknownProfile(LookupError):
    """No noun, or no request for it, of this name belongs to the contract."""


class Contract:
    """WSDL and XSD files, read once. Safe for use by several threads."""

    def __init__(self, directory: Path, files: Mapping[str, ServiceFile]) -> None:
        self._directory = directory
        self._files = files
        self._schema_paths = {each.description.message_namespace: each.schema for each in files.values()}
        self._schemas = Schemas(self._schema_paths)
        self._models: dict[Path, ContentModels] = {}
        self.services: Mapping[str, ServiceDescription] = MappingProxyType(
            {name: each.description for name, each in files.items()}
        )

    @classmethod
    def load(cls, directory: Path | None = None) -> Self:
        """Read the WSDL files of a directory, or of the contract that ships with the package.

        Raises ContractError if there are none, if one cannot be used or if two declare the same service.
        Schemas are compiled when they are first needed, or before by `compile_schemas`.
        """
        directory = shipped_directory() if directory is None else directory
        files: dict[str, ServiceFile] = {}
        for path in sorted(directory.glob("*.wsdl")):
            file = read_service(path)
            if file.description.name in files:
                raise ContractError(f"{path.name}: service {file.description.name} is declared by another file too")
            files[file.description.name] = file
        if not files:
            raise ContractError(f"there are no WSDL files in {directory}")
        return cls(directory, files)

    def compile_schemas(self, services: Iterable[str]) -> None:
        """Compile the schemas of some services now, so that no request has to wait for it.

        Raises UnknownFile, and ContractError for a schema that does not compile.
        """
        for name in services:
            self._schemas.schema(self._file(name).description.message_namespace)

    def wsdl(self, service: str, address: str) -> bytes:
        """The WSDL of a service with `address` in its soap:address. Raises UnknownFile."""
        file = self._file(service)
        return file.before_address + escape(address, {'"': "&quot;"}).encode() + file.after_address

    def xsd(self, file_name: str) -> bytes:
        """A schema by its file name, such as `Message.xsd`, never with a folder. Raises UnknownFile."""
        files = {path.name: path for path in self._xsd_files()}
        if file_name not in files:
            raise UnknownFile(f"there is no schema {file_name!r}; there are {', '.join(files)}")
        return files[file_name].read_bytes()

    def export(self, directory: Path) -> list[Path]:
        """Write all WSDL and XSD files for a client generator; returns what was written."""
        written = []
        for source in [*sorted(self._directory.glob("*.wsdl")), *self._xsd_files()]:
            target = directory / source.relative_to(self._directory)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
            written.append(target)
        return written

    def validate(self, body: etree._Element) -> list[Violation]:
        """The first rules that a body element breaks, at most 10, in document order; empty if it is valid.

        The element stays inside its envelope and is not changed. Any message of the contract is taken,
        whatever the service; see `ServiceDescription.operation` for what a service answers.
        """
        namespace = etree.QName(body).namespace or ""
        if namespace not in self._schema_paths:
            return [self._unknown(body)]
        # Twice as many, because libxml2 says a wrong value twice and once is kept.
        errors = self._schemas.errors(body, 2 * MOST_VIOLATIONS)
        if not errors:
            return []
        if errors[0].type_name == "SCHEMAV_CVC_ELT_1":
            return [self._unknown(body)]
        return list(islice(explained(errors, body, self._content(self._schema_paths[namespace])), MOST_VIOLATIONS))

    def validate_payload(self, payload: etree._Element) -> list[Violation]:
        """What `validate` finds in a body, found in the root element of a profile alone; paths begin at it.

        Meant for payloads that the validation of a body passes over: those of the operations of an OperationSet,
        and what was Compressed. A root that no profile has is one violation, of an unknown message.
        """
        profile = self._profiles.get(etree.QName(payload).localname)
        if profile is None or profile.tag != payload.tag:
            sentence = unknown_profile(str(payload.tag), self._profiles.values())
            return [violation_at(payload, payload, ViolationKind.UNKNOWN_MESSAGE, sentence)]
        errors = self._profile_schemas.errors(payload, 2 * MOST_VIOLATIONS)
        return list(islice(explained(errors, payload, self._content(profile.path)), MOST_VIOLATIONS)) if errors else []

    @property
    def profiles(self) -> Collection[str]:
        """Names of all profiles: nouns such as MeterConfig, and requests for them such as GetMeterConfig."""
        return self._profiles.keys()

    def profile(self, noun: str, *, get: bool = False) -> ProfileContent:
        """What may stand in the payload of a noun, or with `get` in what a request for it selects by.

        Raises UnknownProfile.
        """
        name = f"Get{noun}" if get else noun
        profile = self._profiles.get(name)
        if profile is None:
            raise UnknownProfile(f"there is no profile {name}; there are {', '.join(self._profiles)}")
        return ProfileContent(profile.name, profile.namespace, self._content(profile.path))

    def near_miss(self, body: str, served: Collection[str] | None = None) -> NearMiss:
        """What is nearest to a body element `{namespace}name`, and where that is served.

        served: names of the services that are; None for all of the contract.
        """
        names = self.services if served is None else served
        return nearest([self.services[name] for name in names], body)

    def _file(self, service: str) -> ServiceFile:
        if service not in self._files:
            raise UnknownFile(f"there is no service {service}; there are {', '.join(self._files)}")
        return self._files[service]

    def _unknown(self, body: etree._Element) -> Violation:
        sentence = self.near_miss(str(body.tag)).sentence
        return violation_at(body, body, ViolationKind.UNKNOWN_MESSAGE, sentence)

    # Two threads may both read the files at first, here and below; either result is right.
    @cached_property
    def _profiles(self) -> Mapping[str, ProfileFile]:
        return profile_files(self._files.values())

    @cached_property
    def _profile_schemas(self) -> Schemas:
        return Schemas({each.namespace: each.path for each in self._profiles.values()})

    def _content(self, schema: Path) -> ContentModels:
        if schema not in self._models:
            self._models[schema] = ContentModels(schema)
        return self._models[schema]

    def _xsd_files(self) -> list[Path]:
        return sorted((self._directory / "xsd").glob("*.xsd"))
