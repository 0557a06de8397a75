"""docs/conformance.md: what this head end does of the contract, told by the running code.

What is carried out is asked of a head end that was put together as any other; what the standard gives a head end to do
comes from `wsdl/tables/nouns.tsv`. A gap is what is in the second and not in the first. Only the words for what an
operation does stand in a table of their own, and a word for nothing or nothing without words stops the generator.
"""

from headend.conformance_page.coverage import Coverage, gaps
from headend.conformance_page.page import conformance_page

__all__ = ["Coverage", "conformance_page", "gaps"]
