"""What breaks the rules on SOAP and HTTP."""

from dataclasses import replace

from tests.lint.exchanges import METER, Case, error, exchange, fault, faulted, fields, read, refused, result, spoiled
from tests.support.soap_requests import SOAP, SOAP12, get_meter_readings

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_READ, _FAULTED = read(), faulted()
_REQUEST = get_meter_readings(METER, fields=fields())

CASES = {
    "soap.well-formed": Case([_READ], [spoiled(_READ, request=("<soap:Envelope", "<!DOCTYPE x><soap:Envelope"))]),
    "soap.envelope": Case([_READ], [spoiled(_READ, request=(SOAP, SOAP12))]),
    "soap.one-body-element": Case([_READ], [spoiled(_READ, request=("</soap:Body>", "<x/></soap:Body>"))]),
    "soap.no-header-in-answer": Case([_READ], [spoiled(_READ, response=("<soap:Body>", "<soap:Header/><soap:Body>"))]),
    "soap.no-nil": Case(
        [_READ],
        [
            spoiled(
                read(CorrelationID=None),
                request=(
                    "</m:MessageID>",
                    f'</m:MessageID><m:CorrelationID xmlns:x="{_XSI}" x:nil="true">c-1</m:CorrelationID>',
                ),
            )
        ],
    ),
    "soap.no-type": Case(
        [_READ], [spoiled(_READ, response=("<m:Timestamp>", f'<m:Timestamp xmlns:x="{_XSI}" x:type="dateTime">'))]
    ),
    "soap.no-encoding-style": Case(
        [_READ], [spoiled(_READ, response=("<soap:Envelope ", '<soap:Envelope soap:encodingStyle="urn:none" '))]
    ),
    "soap.no-default-namespace": Case(
        [_READ], [spoiled(_READ, response=("<soap:Envelope ", '<soap:Envelope xmlns="urn:other" '))]
    ),
    "soap.no-processing-instruction": Case([_READ], [spoiled(_READ, response=("\n<soap:", "\n<?style it?><soap:"))]),
    "soap.starts-with-xml": Case([_READ], [spoiled(_READ, response=("<?xml ", "\ufeff<?xml "))]),
    "soap.utf-8": Case([_READ], [spoiled(_READ, response=("'UTF-8'", "'ISO-8859-1'"))]),
    "soap.answered": Case(
        [_READ],
        [replace(exchange(_REQUEST, None, "GetMeterReadings", status=None), failure="the connection was closed")],
    ),
    "soap.http-status": Case([_FAULTED], [spoiled(_FAULTED, status=400)]),
    "soap.action-fits": Case(
        [
            spoiled(_READ, soap_action="http://iec.ch/TC57/2011/GetMeterReadings/GetMeterReadings"),
            spoiled(_READ, soap_action="", number=2),
        ],
        [spoiled(_READ, soap_action="urn:read")],
    ),
    "soap.fault-code": Case([_FAULTED], [spoiled(_FAULTED, response=("soap:Client", "soap:Client.Validation"))]),
    "soap.fault-children": Case(
        [_FAULTED],
        [
            spoiled(
                _FAULTED,
                response=(
                    "<faultcode>soap:Client</faultcode><faultstring>it is not valid</faultstring>",
                    "<faultstring>it is not valid</faultstring><faultcode>soap:Client</faultcode>",
                ),
            )
        ],
    ),
    "soap.fault-string": Case([_FAULTED], [spoiled(_FAULTED, response=("it is not valid", " "))]),
    "soap.fault-detail": Case([_FAULTED], [faulted(response=fault("EndDeviceControls", "EndDeviceControls"))]),
    "soap.no-internals": Case(
        [refused(result("FAILED", error("5.3", after="")))],
        [
            refused(
                result(
                    "FAILED",
                    error("5.3").replace("</m:reason>", "</m:reason><m:details>Traceback (most recent</m:details>"),
                )
            )
        ],
    ),
}
