"""Where the contract's files are, and how they are parsed."""

from pathlib import Path

from lxml import etree


class ContractError(ValueError):
    """The contract's files cannot be used; the message names the file and what is wrong in it."""


def shipped_directory() -> Path:
    """The files that ship with the package: inside it when installed, beside it in a source tree."""
    installed = Path(__file__).parent / "wsdl"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "wsdl"


def parsed(path: Path) -> etree._Element:
    """Root of a contract file. Raises ContractError.

    These files are ours or the operator's, so only the network is closed to the parser; messages from outside
    go through the hardened parser of `headend.soap`.
    """
    try:
        return etree.parse(str(path), etree.XMLParser(no_network=True, remove_comments=True)).getroot()
    except (OSError, etree.XMLSyntaxError) as error:
        raise ContractError(f"{path.name}: {error}") from error
