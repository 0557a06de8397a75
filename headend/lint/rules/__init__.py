"""The rules, one file a group. Each ends with its RULES: what is demanded as data, and the function that looks."""
