"""What a run has found, as files: JUnit XML, JSON and one page of HTML."""

JUNIT_NAME = "junit.xml"
JSON_NAME = "conformance.json"
HTML_NAME = "conformance.html"
