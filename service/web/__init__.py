"""The coder's page: shells, styles and scripts; what they show comes from the REST API."""
