"""Fit, evaluate and write models; hands finished bundles to `service.suggest`."""
