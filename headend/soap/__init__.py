"""SOAP 1.1 over WSGI: one Spyne application per service of the contract, and the site that holds them."""
