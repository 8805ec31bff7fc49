"""Guides: small matching networks of others that propose boxes, each described by data and run by one engine."""
