"""Suites that judge a head end of this standard, ours or any other, and reports of what they found.

    with open_stage(url, parameters, options, machine) as stage:
        run = play(chosen(SUITES, ("reading",)), SUITES, stage)

The judge shares no code with whoever makes the messages: it reads with lxml, and validates by the head end's own
schemas. Requests are made by zeep from its WSDLs, and what it sends by itself is taken by the fake MDM.
"""
