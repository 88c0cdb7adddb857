"""The command `inkling`: parse, call a use case, print. The only package that knows both service and training."""
