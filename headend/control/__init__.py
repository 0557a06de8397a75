"""The control API: driving and asking the head end from outside, at `/control/v1`.

    LazyApplication --- first request ---> application.py: APIFlask, one blueprint a resource
        -> operations/ in one unit of work -> JSON, or application/problem+json

What can be done is decided in `headend.operations`; here it gets its address, its JSON and its description. Nothing
of this is imported before somebody calls it: a head end that nobody drives starts and answers as if it was not there.
"""
